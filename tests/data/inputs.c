/* Several inputs: each leaves the gather with the bits that it has alone, at its place; lengths
 * stand side by side; rows, targets and held-out rows are those of any one of them; the hash is of
 * all. */
#include "data_test.h"

enum { N = 23, T = 3, C = 2, D = 4, H = 5, W = 2, LEVELS = 3 };
enum { COLUMNS = D - 1 + LEVELS + 1, WIDTH = H * W + COLUMNS + T * C };

static const struct part {
    const char *name, *path;
    size_t at, width;
} parts[] = {{"image", "/image", 0, H *W},
             {"table", "/more/table", H *W, COLUMNS},
             {"steps", "/more/deep/steps", H *W + COLUMNS, T *C}};
enum { PARTS = sizeof parts / sizeof *parts };

static int32_t labels[N], used[N];
static int64_t rows[N];

static void write_parts(int32_t last_length)
{
    static uint8_t image[N][H][W];
    static float table[N][D], steps[N][T][C];
    const uint8_t flags[D] = {0, 1, 0, 0};
    const int32_t levels[D] = {0, LEVELS, 0, 0};
    hid_t file = is_root() ? file_create() : -1;
    for (int i = 0; i < N; i++) {
        rows[i] = (i * 7) % N;
        labels[i] = i % 2;
        used[i] = i == N - 1 ? last_length : 1 + i % T;
        for (int k = 0; k < H * W; k++)
            image[i][k / W][k % W] = (uint8_t)((i * 31 + k * 17) % 200);
        for (int k = 0; k < D; k++)
            table[i][k] = k == 1 ? (float)(i % LEVELS) : (float)((i * 5 + k) % 11) / 3;
        for (int k = 0; k < T * C; k++)
            steps[i][k / C][k % C] = (float)((i + k * 3) % 13);
    }
    for (int i = 0; i < N / 2; i++) /* more than are held out */
        table[i][2] = NAN;
    if (is_root()) {
        file_put(file, &(struct dataset){
                           "/image", H5T_STD_U8LE, H5T_NATIVE_UINT8, 3, {N, H, W}, 4, image});
        file_put(file, &(struct dataset){
                           "/more/table", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 2, {N, D}, 0, table});
        file_put(file, &(struct dataset){
                           "/more/categorical", H5T_STD_U8LE, H5T_NATIVE_UINT8, 1, {D}, 0, flags});
        file_put(file, &(struct dataset){
                           "/more/levels", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {D}, 0, levels});
        file_put(file,
                 &(struct dataset){
                     "/more/deep/steps", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 3, {N, T, C}, 0, steps});
        file_put(file, &(struct dataset){
                           "/more/deep/length", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {N}, 0, used});
        file_put(file, &(struct dataset){"/y", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, {N}, 0, labels});
        file_put_text(file, "/image", "layout", "HW");
        file_put_text(file, "/more/deep/steps", "layout", "TC");
    }
    file_close(file);
}

/* The section with its options under the parts' names, as a study has them. */
static struct muster_option named[128];

static int block_of_parts(void **state)
{
    static const struct muster_plugin section = {.name = "data", .options = named};
    static char names[PARTS][32];
    size_t n = 0;
    (void)state;
    for (; muster_data_options[n].type != MUSTER_END; n++)
        named[n] = muster_data_options[n];
    for (size_t i = 0; i < PARTS; i++) {
        snprintf(names[i], sizeof names[i], "inputs.%s", parts[i].name);
        named[n++] = (struct muster_option){.name = names[i], .type = MUSTER_TEXT};
    }
    muster_error_clear();
    muster_block_default(
        &(struct muster_plugin){.name = "validate", .options = muster_validate_options},
        &validate_block);
    return muster_block_default(&section, &data_block);
}

static void name_parts(void)
{
    for (size_t i = 0; i < PARTS; i++) {
        char option[64];
        snprintf(option, sizeof option, "inputs.%s", parts[i].name);
        set_word(&data_block, option, parts[i].path);
    }
}

/* The gathered rows of the only input. */
static void gather_alone(const struct part *part, float *out)
{
    struct muster_prep *prep;
    set_word(&data_block, "x", part->path);
    set_word(&data_block, "categorical", "none");
    if (strcmp(part->name, "table") == 0) {
        set_word(&data_block, "categorical", "/more/categorical");
        set_word(&data_block, "levels", "/more/levels");
    }
    if (strcmp(part->name, "steps") == 0)
        set_word(&data_block, "length", "/more/deep/length");
    struct muster_data *data = open_on(world, 3);
    assert_int_equal(muster_data_inputs(data), 1);
    assert_int_equal(muster_data_info(data)->width, part->width);
    assert_int_equal(
        muster_prep_fit(data, muster_data_rows(data), muster_data_info(data)->rows, &prep),
        MUSTER_OK);
    muster_prep_gather(data, prep, rows, N, out);
    muster_prep_destroy(&prep);
    muster_data_close(&data);
}

static void check_part(const struct muster_data *data, const struct muster_prep *prep,
                       const float *all, size_t i)
{
    static float out[N * WIDTH];
    const struct muster_data_input input = muster_data_input(data, i);
    assert_string_equal(input.name, parts[i].name);
    assert_string_equal(input.path, parts[i].path);
    assert_int_equal(input.at, parts[i].at);
    assert_int_equal(muster_data_info(input.data)->width, parts[i].width);
    assert_non_null(muster_prep_mean(muster_prep_input(prep, i)));
    muster_block_clear(&data_block);
    muster_block_clear(&validate_block);
    assert_int_equal(fresh_blocks(NULL), 0);
    gather_alone(&parts[i], out);
    for (size_t r = 0; r < N; r++)
        assert_memory_equal(all + r * WIDTH + parts[i].at, out + r * parts[i].width,
                            parts[i].width * sizeof *out);
}

/* In memory and in blocks that stay in the file. */
static void every_part_as_alone(void **state)
{
    static float all[N * WIDTH];
    (void)state;
    for (int block = 0; block < 12; block += 6) {
        struct muster_prep *prep;
        int32_t lengths[N][PARTS], classes[N];
        write_parts(2);
        name_parts();
        if (block > 0)
            set_number(&data_block, "block", block);
        struct muster_data *data = open_on(world, 3);
        const struct muster_data_info *info = muster_data_info(data);
        assert_int_equal(muster_data_inputs(data), PARTS);
        assert_int_equal(info->width, WIDTH);
        assert_int_equal(info->rows + info->test_rows, N);
        assert_true(info->lengths && info->classification && info->rank == 1);
        assert_int_equal(muster_prep_fit(data, muster_data_rows(data), info->rows, &prep),
                         MUSTER_OK);
        muster_prep_gather(data, prep, rows, N, all);
        muster_data_lengths(data, rows, N, &lengths[0][0]);
        muster_data_targets(data, rows, N, classes, NULL);
        for (size_t r = 0; r < N; r++) {
            assert_int_equal(lengths[r][2], used[rows[r]]);
            assert_int_equal(classes[r], labels[rows[r]]);
        }
        assert_int_equal(muster_data_status(data), MUSTER_OK);
        for (size_t i = 0; i < PARTS; i++)
            check_part(data, prep, all, i);
        muster_prep_destroy(&prep);
        muster_data_close(&data);
        muster_block_clear(&data_block);
        muster_block_clear(&validate_block);
        block_of_parts(NULL);
    }
}

static uint64_t hash_with(struct muster_comm *comm, int32_t last_length)
{
    write_parts(last_length);
    name_parts();
    struct muster_data *data = open_on(comm, 3);
    const uint64_t hash = muster_data_info(data)->hash;
    muster_data_close(&data);
    muster_barrier(world);
    return hash;
}

static void the_hash_is_of_all(void **state)
{
    (void)state;
    const uint64_t hash = hash_with(world, 2);
    assert_true(hash == hash_with(alone, 2));
    assert_true(hash != hash_with(world, 1));
    set_number(&data_block, "block", 6);
    assert_true(hash == hash_with(world, 2));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(every_part_as_alone, block_of_parts, drop_blocks),
    cmocka_unit_test_setup_teardown(the_hash_is_of_all, block_of_parts, drop_blocks),
};

DATA_TEST_MAIN(tests)
