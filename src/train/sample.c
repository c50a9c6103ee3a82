/* A share of a fold's training rows, for the lower rungs of a fidelity: nested, and for classes
 * stratified. Every row has a random key of its own; the i-th of n_c rows of a class in the order
 * of their keys stands at (i + 1/2) / n_c, and the rows that stand first are taken. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train_impl.h"

struct place {
    double at;     /* its key, then where it stands in 0 .. 1 */
    int32_t class; /* 0 where there are none */
    size_t index;  /* in rows */
};

size_t rows_sampled(size_t n, double share)
{
    const size_t taken = share < 1.0 ? (size_t)ceil(share * (double)n) : n;
    return taken < 1 && n > 0 ? 1 : taken;
}

static int by_number(double a, double b)
{
    return (a > b) - (a < b);
}

static int by_class(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    if (p->class != q->class)
        return p->class < q->class ? -1 : 1;
    return p->at < q->at || p->at > q->at ? by_number(p->at, q->at)
                                          : (p->index > q->index) - (p->index < q->index);
}

static int by_place(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    return p->at < q->at || p->at > q->at ? by_number(p->at, q->at)
                                          : (p->index > q->index) - (p->index < q->index);
}

static void place_all(struct place *places, size_t n)
{
    qsort(places, n, sizeof *places, by_class);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && places[end].class == places[i].class;)
            end++;
        for (size_t j = i; j < end; j++)
            places[j].at = ((double)(j - i) + 0.5) / (double)(end - i);
    }
    qsort(places, n, sizeof *places, by_place);
}

/* Classes [n], 0 where rows have none of their own. */
static enum muster_status find_classes(const struct muster_trainer *trainer, const int64_t *rows,
                                       size_t n, struct place *places)
{
    enum muster_status status = MUSTER_OK;
    int32_t *classes = NULL;
    if (trainer_task(trainer) != MUSTER_CLASSIFICATION)
        return MUSTER_OK;
    MUSTER_NEW(classes, n);
    muster_data_targets(trainer->data, rows, n, classes, NULL);
    for (size_t i = 0; i < n; i++)
        places[i].class = classes[i];
    muster_free(classes);
done:
    return status;
}

enum muster_status rows_sample(const struct muster_trainer *trainer, double share, int64_t *rows,
                               size_t *n)
{
    enum muster_status status = MUSTER_OK;
    const size_t taken = rows_sampled(*n, share);
    struct muster_stream stream =
        muster_stream_of(muster_study_seed(trainer->study), -1, -1, MUSTER_FOR_SPLIT);
    struct place *places = NULL;
    bool *chosen = NULL;
    size_t left = 0;
    if (taken == *n)
        return MUSTER_OK;
    MUSTER_NEW(places, *n);
    MUSTER_NEW(chosen, *n);
    for (size_t i = 0; i < *n; i++)
        places[i] = (struct place){
            .at = muster_random_uniform(stream, UINT64_C(1) << 60 | (uint64_t)rows[i]), .index = i};
    MUSTER_TRY(find_classes(trainer, rows, *n, places));
    place_all(places, *n);
    for (size_t i = 0; i < taken; i++)
        chosen[places[i].index] = true;
    for (size_t i = 0; i < *n; i++)
        if (chosen[i])
            rows[left++] = rows[i];
    *n = left;
done:
    muster_free(places);
    muster_free(chosen);
    return status;
}
