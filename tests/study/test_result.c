/* A result survives its bytes, damaged bytes are refused, and scores are summed up. */
#include "fixture.h"

static void make(struct muster_result *result, size_t folds, size_t metrics, size_t epochs)
{
    assert_int_equal(muster_result_create(result, folds, metrics, epochs), MUSTER_OK);
    result->state = MUSTER_PRUNED;
    strcpy(result->reason, "too slow");
    result->flops = 1e9;
    for (size_t i = 0; i < folds; i++) {
        result->scores[i] = (double)i / 3;
        result->fold_epochs[i] = (int64_t)i + 7;
        result->best_epochs[i] = (int64_t)i;
    }
    if (folds > 0 && epochs > 0)
        result->curves[3 * folds * epochs - 1] = 0.5F;
    muster_result_summarise(result);
}

static void it_survives_its_bytes(void **state)
{
    static const size_t shapes[][3] = {{5, 3, 60}, {1, 1, 0}, {1, 1, 1}, {25, 2, 1000}};
    (void)state;
    for (size_t s = 0; s < 4; s++) {
        size_t k = shapes[s][0], m = shapes[s][1], e = shapes[s][2];
        struct muster_result a, b;
        struct muster_pack pack = {0};
        make(&a, k, m, e);
        muster_result_pack(&a, &pack);
        assert_false(pack.failed);
        assert_int_equal(muster_result_unpack(pack.data, pack.length, &b), MUSTER_OK);
        assert_int_equal(b.state, MUSTER_PRUNED);
        assert_string_equal(b.reason, "too slow");
        assert_memory_equal(&a.score, &b.score, 3 * sizeof(double));
        assert_memory_equal(a.scores, b.scores, m * k * sizeof(double));
        assert_memory_equal(a.fold_epochs, b.fold_epochs, k * sizeof(int64_t));
        assert_memory_equal(a.best_epochs, b.best_epochs, k * sizeof(int64_t));
        if (e > 0)
            assert_memory_equal(a.curves, b.curves, 3 * k * e * sizeof(float));
        muster_result_clear(&a);
        muster_result_clear(&b);
        muster_pack_free(&pack);
    }
}

static void damaged_bytes_are_refused(void **state)
{
    struct muster_result result;
    struct muster_pack pack = {0};
    (void)state;
    make(&result, 5, 2, 4);
    muster_result_pack(&result, &pack);
    muster_result_clear(&result);
    for (size_t n = 0; n < pack.length; n++)
        assert_int_equal(muster_result_unpack(pack.data, n, &result), MUSTER_INTERNAL);
    for (size_t i = 0; i < pack.length; i++) { /* a flipped bit may pass, but does no harm */
        pack.data[i] ^= 0x80;
        if (muster_result_unpack(pack.data, pack.length, &result) == MUSTER_OK)
            muster_result_clear(&result);
        pack.data[i] ^= 0x80;
    }
    muster_pack_free(&pack);
    assert_int_equal(muster_memory_blocks(), 0);
}

static void scores_are_summed_up_over_the_folds_that_ran(void **state)
{
    struct muster_result result;
    (void)state;
    assert_int_equal(muster_result_create(&result, 4, 2, 1), MUSTER_OK);
    muster_result_summarise(&result);
    assert_true(isnan(result.score) && isnan(result.score_std));
    result.scores[1] = 2;
    muster_result_summarise(&result);
    assert_true(result.score == 2 && result.score_std == 0);
    result.scores[3] = 4;
    muster_result_summarise(&result);
    assert_true(result.score == 3 && result.score_std == 1);
    muster_result_clear(&result);
    assert_string_equal(muster_state_text(MUSTER_FAILED), "failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_survives_its_bytes),
        cmocka_unit_test(damaged_bytes_are_refused),
        cmocka_unit_test(scores_are_summed_up_over_the_folds_that_ran),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
