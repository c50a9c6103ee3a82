/* Augmented images are what each option says, pixel by pixel; they depend on epoch and row and on
 * nothing else; pairs of mixed rows follow the batch, with shares of the Beta distribution. */
#include "fixture.h"

#include "train/train_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { H = 6, W = 9, C = 2, SIZE = H * W * C };

static float plain[SIZE], image[SIZE], copy[SIZE];
static const float background[C] = {-7, -8};

/* The image of a row: each pixel tells its place. */
static struct augment begin(void)
{
    static struct {
        int64_t low, high;
        float part;
    } origins[H + W];
    for (int i = 0; i < SIZE; i++)
        plain[i] = (float)(i + 1);
    memcpy(image, plain, sizeof image);
    return (struct augment){.crop = 1,
                            .height = H,
                            .width = W,
                            .channels = C,
                            .rows = 1000,
                            .stream = muster_stream_of(5, 1, 2, MUSTER_FOR_AUGMENT),
                            .copy = copy,
                            .background = (float *)(uintptr_t)background,
                            .origins = (struct origin *)(void *)origins};
}

static const float *pixel(const float *of, int y, int x)
{
    return of + (y * W + x) * C;
}

static void flips(void **state)
{
    (void)state;
    int mirrored = 0, rows = 400;
    struct augment augment = begin();
    augment.flip = 0.25;
    for (int64_t row = 0; row < rows; row++) {
        memcpy(image, plain, sizeof image);
        augment_image(&augment, 3, row, image);
        if (memcmp(image, plain, sizeof image) == 0)
            continue;
        mirrored++;
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++)
                assert_memory_equal(pixel(image, y, x), pixel(plain, y, W - 1 - x),
                                    C * sizeof *image);
    }
    assert_in_range(mirrored, 70, 130); /* 100 +- 3.5 deviations */
}

/* Every shift within the bound comes up, and what comes in is background. */
static void shifts(void **state)
{
    (void)state;
    enum { K = 2 };
    int seen[2 * K + 1][2 * K + 1] = {{0}};
    struct augment augment = begin();
    augment.shift = K;
    for (int64_t row = 0; row < 300; row++) {
        memcpy(image, plain, sizeof image);
        augment_image(&augment, 0, row, image);
        const int at = (int)pixel(image, H / 2, W / 2)[0] - 1; /* where that one came from */
        const int dy = H / 2 - at / (W * C), dx = W / 2 - at / C % W;
        assert_true(abs(dy) <= K && abs(dx) <= K);
        seen[dy + K][dx + K]++;
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++) {
                const int v = y - dy, u = x - dx, inside = v >= 0 && v < H && u >= 0 && u < W;
                assert_memory_equal(pixel(image, y, x), inside ? pixel(plain, v, u) : background,
                                    C * sizeof *image);
            }
    }
    for (int i = 0; i < (2 * K + 1) * (2 * K + 1); i++)
        assert_true((&seen[0][0])[i] > 0);
}

/* A plane stays one under bilinear enlargement: the slope tells the window's side, the same for
 * rows and columns. */
static void crops(void **state)
{
    (void)state;
    struct augment augment = begin();
    augment.crop = 0.5;
    double least = 1, most = 0;
    for (int64_t row = 0; row < 200; row++) {
        for (int i = 0; i < SIZE; i++)
            image[i] = (float)(i / (W * C) + 100 * (i / C % W));
        augment_image(&augment, 0, row, image);
        const double across = (pixel(image, 3, 5)[0] - pixel(image, 3, 4)[0]) / 100;
        const double down = pixel(image, 3, 4)[0] - pixel(image, 2, 4)[0];
        assert_float_equal(across, down, 1e-3);
        assert_true(across > 0.499 && across < 1.001);
        least = across < least ? across : least;
        most = across > most ? across : most;
        assert_true(image[0] >= 0 && pixel(image, H - 1, W - 1)[0] <= H - 1 + 100 * (W - 1));
    }
    assert_true(least < 0.55 && most > 0.95);
    augment.crop = 1;
    augment.cutout = 3;
    int full = 0;
    for (int64_t row = 0; row < 100; row++) {
        int blank = 0;
        memcpy(image, plain, sizeof image);
        augment_image(&augment, 0, row, image);
        for (int i = 0; i < SIZE; i++)
            if (image[i] != plain[i])
                blank += image[i] == 0 ? 1 : SIZE;
        assert_true(blank >= 4 * C && blank <= 9 * C);
        full += blank == 9 * C;
    }
    assert_true(full > 20 && full < 90);
}

/* Another epoch or row draws anew; the same one does not. */
static void keys(void **state)
{
    (void)state;
    float first[SIZE];
    struct augment augment = begin();
    augment.shift = 2;
    augment.crop = 0.6;
    augment.cutout = 2;
    augment_image(&augment, 4, 7, image);
    memcpy(first, image, sizeof first);
    for (int64_t i = 0; i < 3; i++) {
        memcpy(image, plain, sizeof image);
        augment_image(&augment, 4 + i % 2, 7 + i / 2, image);
        assert_true((memcmp(image, first, sizeof first) == 0) == (i == 0));
    }
}

/* Mean 1/2 and variance 1 / (8 alpha + 4). */
static void shares(void **state)
{
    (void)state;
    static const double alphas[] = {0.1, 0.4, 1, 3};
    enum { N = 4000 };
    for (size_t a = 0; a < 4; a++) {
        double sum = 0, square = 0;
        for (uint64_t step = 0; step < N; step++) {
            const double share =
                mixup_share(muster_stream_of(2, 0, 0, MUSTER_FOR_AUGMENT), step, alphas[a]);
            assert_true(share >= 0 && share <= 1);
            sum += share;
            square += (share - 0.5) * (share - 0.5);
        }
        const double variance = 1 / (8 * alphas[a] + 4);
        assert_float_equal(sum / N, 0.5, 4 * sqrt(variance / N));
        assert_float_equal(square / N, variance, 0.1 * variance);
    }
}

static const char *const study = "network: [{dense: {units: 6, activation: tanh}}]\n"
                                 "train: {epochs: 3, batch_size: 32, %s}\nvalidate: {folds: 3}\n";

/* The same bits on any group, and other ones than without. */
static void mixes_rows(void **state)
{
    (void)state;
    static const char *const with[] = {"learning_rate: 0.1",
                                       "learning_rate: 0.1, augment: {mixup: 0.4}"};
    for (int data = FIXTURE_BLOBS; data <= FIXTURE_LINEAR; data++) {
        double losses[2];
        for (int kind = 0; kind < 2; kind++) {
            char text[512];
            snprintf(text, sizeof text, study, with[kind]);
            struct fixture fixture = fixture_make((enum fixture_data)data, text);
            struct muster_result result = fixture_result(fixture.trainer);
            struct muster_step step = fixture_step(1, NULL);
            assert_int_equal(muster_trainer_run(fixture.trainer, world, &step, NULL, &result),
                             MUSTER_OK);
            losses[kind] = result.curves[2];
            muster_result_clear(&result);
            fixture_free(&fixture);
        }
        if (muster_comm_rank(world) == 0)
            assert_true(isfinite(losses[1]) && losses[1] != losses[0]);
    }
}

static void refused(void **state)
{
    (void)state;
    char text[512];
    struct muster_study *parsed;
    struct muster_trainer *trainer;
    snprintf(text, sizeof text, study, "augment: {flip: 0.5}");
    assert_int_equal(fixture_parse(FIXTURE_BLOBS, text, &parsed), MUSTER_OK);
    assert_int_equal(muster_trainer_create(parsed, world, &trainer), MUSTER_BAD_STUDY);
    assert_non_null(strstr(muster_error_text(), "train.augment.flip is for images"));
    muster_study_destroy(&parsed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(flips),  cmocka_unit_test(shifts), cmocka_unit_test(crops),
        cmocka_unit_test(keys),   cmocka_unit_test(shares), cmocka_unit_test(mixes_rows),
        cmocka_unit_test(refused)};
    return fixture_run(tests, sizeof tests / sizeof *tests);
}
