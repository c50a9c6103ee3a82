/* `/best/test` of next tokens: for every step of every held-out row the token that follows and the
 * one that was thought most likely, [n][steps], -1 where no one follows; probabilities
 * [n][steps][vocabulary] and the confusion of tokens where they are small enough to be of use. */
#include "muster/data.h"
#include "muster/nn.h"
#include "run/run_impl.h"

/* Bytes of probabilities, and tokens of a confusion matrix, at most. */
#define PROBABILITY_MOST ((size_t)64 << 20)
enum { CONFUSION_MOST = 256 };

/* Held-out rows, all of their tokens in a line. */
struct tokens {
    struct muster_file *file; /* borrowed */
    size_t dims[3];           /* rows, steps, vocabulary */
    size_t n;                 /* rows x steps */
    int32_t *targets;         /* owned, [n] */
    int64_t *labels;          /* owned, [n] */
    int64_t *counts;          /* owned, [vocabulary][vocabulary]; NULL: too many */
    const float *probability; /* borrowed, [n][vocabulary] */
};

static enum muster_status tokens_open(const struct muster_data *data,
                                      const struct muster_refit *refit, struct tokens *tokens)
{
    enum muster_status status = MUSTER_OK;
    const size_t vocabulary = muster_data_info(data)->outputs;
    tokens->dims[0] = refit->test_rows;
    tokens->dims[1] = muster_net_targets(refit->net);
    tokens->dims[2] = vocabulary;
    tokens->n = tokens->dims[0] * tokens->dims[1];
    tokens->probability = refit->test_prediction;
    MUSTER_NEW(tokens->targets, tokens->n);
    MUSTER_NEW(tokens->labels, tokens->n);
    if (vocabulary <= CONFUSION_MOST)
        MUSTER_NEW(tokens->counts, vocabulary * vocabulary);
    muster_data_targets(data, muster_data_test_rows(data), tokens->dims[0], tokens->targets, NULL);
done:
    return status;
}

/* The likeliest token after each step that has a next one. */
static void tell(struct tokens *tokens)
{
    const size_t vocabulary = tokens->dims[2];
    for (size_t i = 0; i < tokens->n; i++) {
        const int32_t target = tokens->targets[i];
        tokens->labels[i] =
            target < 0 ? -1 : run_winner(tokens->probability + i * vocabulary, vocabulary);
        if (target >= 0 && tokens->counts != NULL)
            tokens->counts[(size_t)target * vocabulary + (size_t)tokens->labels[i]]++;
    }
}

enum muster_status run_file_tokens(struct muster_file *file, const struct muster_data *data,
                                   const struct muster_refit *refit)
{
    enum muster_status status = MUSTER_OK;
    struct tokens tokens = {.file = file};
    MUSTER_TRY(tokens_open(data, refit, &tokens));
    const size_t square[2] = {tokens.dims[2], tokens.dims[2]};
    for (size_t i = 0; i < tokens.n; i++)
        tokens.labels[i] = tokens.targets[i];
    muster_file_array(file, "/best/test/target", MUSTER_I64, 2, tokens.dims, tokens.labels, true);
    tell(&tokens);
    muster_file_array(file, "/best/test/prediction", MUSTER_I64, 2, tokens.dims, tokens.labels,
                      true);
    if (tokens.counts != NULL)
        muster_file_array(file, "/best/test/confusion", MUSTER_I64, 2, square, tokens.counts, true);
    if (tokens.n * tokens.dims[2] <= PROBABILITY_MOST / sizeof(float))
        muster_file_array(file, "/best/test/probability", MUSTER_F32, 3, tokens.dims,
                          tokens.probability, true);
done:
    muster_free(tokens.targets);
    muster_free(tokens.labels);
    muster_free(tokens.counts);
    return status;
}
