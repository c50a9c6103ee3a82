/* Every kernel against the plain loop, whatever is best here: the ones this processor runs, and two
 * that no processor would choose, with the vectors and with the tiles of the widest one. Also that
 * an element of a product has the same bits wherever it stands, packed or not. */
#include "../unit.h"

#include "linalg/product_impl.h"
#include "muster/linalg.h"

#include <math.h>

extern const struct muster_kernel test_kernel_wide, test_kernel_tall;

enum { MOST = 5 };

static size_t kernels(const struct muster_kernel *list[MOST])
{
    size_t n = 0;
    list[n++] = &muster_kernel_portable;
    list[n++] = &test_kernel_wide;
    list[n++] = &test_kernel_tall;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        list[n++] = &muster_kernel_avx2;
    if (muster_kernel_chosen() == &muster_kernel_avx512)
        list[n++] = &muster_kernel_avx512;
#endif
    return n;
}

struct matrix {
    size_t rows, columns, ld;
    float *at; /* from the second float of its block on: no alignment */
    float *block;
};

static struct matrix matrix(size_t rows, size_t columns, size_t beyond, uint64_t first)
{
    struct matrix of = {.rows = rows, .columns = columns, .ld = columns + beyond};
    of.block = muster_alloc(rows * of.ld + 1, sizeof *of.block);
    of.at = of.block + 1;
    muster_random_fill(muster_stream_of(1, 0, 0, MUSTER_FOR_NOISE), first, -1, 1, of.at,
                       rows * of.ld);
    return of;
}

struct trial {
    struct muster_product product;
    struct matrix a, b, c, want;
};

static struct trial open_trial(size_t m, size_t n, size_t k, unsigned flags)
{
    const bool ta = flags & 1, tb = flags & 2;
    struct trial t = {.a = matrix(ta ? k : m, ta ? m : k, 3, 0),
                      .b = matrix(tb ? n : k, tb ? k : n, 5, 1000000),
                      .c = matrix(m, n, 2, 2000000),
                      .want = matrix(m, n, 2, 2000000)};
    t.product = (struct muster_product){.transpose_a = ta,
                                        .transpose_b = tb,
                                        .m = m,
                                        .n = n,
                                        .k = k,
                                        .alpha = flags & 4 ? -0.5f : 1.0f,
                                        .a = t.a.at,
                                        .lda = t.a.ld,
                                        .b = t.b.at,
                                        .ldb = t.b.ld,
                                        .beta = flags & 8 ? 2.0f : 0.0f,
                                        .c = t.c.at,
                                        .ldc = t.c.ld};
    if (t.product.beta == 0.0f)
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++)
                t.c.at[i * t.c.ld + j] = NAN;
    return t;
}

static void close_trial(struct trial *t)
{
    muster_free(t->a.block);
    muster_free(t->b.block);
    muster_free(t->c.block);
    muster_free(t->want.block);
}

/* C as it was, and behind its columns untouched, against C as it is. */
static void check(const struct trial *t)
{
    const struct muster_product *of = &t->product;
    for (size_t i = 0; i < of->m; i++)
        for (size_t j = 0; j < of->ldc; j++) {
            double sum = 0, old = t->want.at[i * of->ldc + j];
            for (size_t p = 0; p < of->k && j < of->n; p++)
                sum += (double)(of->transpose_a ? of->a[p * of->lda + i] : of->a[i * of->lda + p]) *
                       (double)(of->transpose_b ? of->b[j * of->ldb + p] : of->b[p * of->ldb + j]);
            double want = of->alpha * sum + (of->beta != 0.0f ? of->beta * old : 0.0);
            if (j < of->n)
                assert_float_equal(of->c[i * of->ldc + j], want, 1e-6 * sqrt((double)of->k) + 1e-6);
            else
                assert_true(i + 1 == of->m || of->c[i * of->ldc + j] == (float)old);
        }
}

/* Both sides of tiles, of panels, and of what is copied and cut. */
static const struct shape {
    size_t m, n, k;
} shapes[] = {{1, 1, 1},    {2, 3, 0},     {5, 7, 9},    {13, 31, 17},  {23, 33, 40},
              {25, 16, 8},  {64, 64, 64},  {37, 70, 95}, {61, 97, 193}, {250, 40, 391},
              {7, 300, 30}, {85, 70, 120}, {130, 70, 95}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void every_kernel_is_the_plain_loop(void **state)
{
    const struct muster_kernel *all[MOST];
    (void)state;
    for (size_t by = kernels(all); by-- > 0;)
        for (size_t s = 0; s < SHAPES; s++)
            for (unsigned flags = 0; flags < 16; flags++) {
                struct trial t = open_trial(shapes[s].m, shapes[s].n, shapes[s].k, flags);
                muster_product_run(all[by], &t.product);
                check(&t);
                close_trial(&t);
            }
}

static void packed_products_have_the_same_bits(void **state)
{
    const struct muster_kernel *all[MOST];
    (void)state;
    for (size_t by = kernels(all); by-- > 0;)
        for (size_t s = 0; s < SHAPES; s++)
            for (unsigned flags = 0; flags < 4; flags++) {
                struct trial t = open_trial(shapes[s].m, shapes[s].n, shapes[s].k, flags);
                struct muster_product other = t.product;
                float *packed = muster_alloc(muster_spack_size(other.k, other.n), sizeof *packed);
                muster_spack(other.transpose_b, other.k, other.n, other.b, other.ldb, packed);
                other.packed = packed;
                other.transpose_b = false;
                other.b = NULL;
                other.c = t.want.at;
                muster_product_run(all[by], &t.product);
                muster_product_run(all[by], &other);
                for (size_t i = 0; i < other.m; i++)
                    assert_memory_equal(t.product.c + i * other.ldc, other.c + i * other.ldc,
                                        other.n * sizeof *other.c);
                muster_free(packed);
                close_trial(&t);
            }
}

/* The panels of B^T, read backwards, are those of B. */
static void packed_products_back_have_the_same_bits(void **state)
{
    const struct muster_kernel *all[MOST];
    (void)state;
    for (size_t by = kernels(all); by-- > 0;)
        for (size_t s = 0; s < SHAPES; s++) {
            struct trial t = open_trial(shapes[s].m, shapes[s].n, shapes[s].k, 2);
            struct muster_product other = t.product;
            float *packed = muster_alloc(muster_spack_size(other.n, other.k) + 1, sizeof *packed);
            muster_spack(false, other.n, other.k, other.b, other.ldb, packed);
            other.packed = packed;
            other.b = NULL;
            other.c = t.want.at;
            muster_product_run(all[by], &t.product);
            muster_product_run(all[by], &other);
            for (size_t i = 0; i < other.m; i++)
                assert_memory_equal(t.product.c + i * other.ldc, other.c + i * other.ldc,
                                    other.n * sizeof *other.c);
            muster_free(packed);
            close_trial(&t);
        }
}

/* c and its finish done afterwards, of products in one part and in several: the same bits. */
static void finish_plainly(const struct muster_product *of, float *c)
{
    const struct muster_finish *by = of->finish;
    for (size_t i = 0; i < of->m; i++)
        for (size_t j = 0; j < of->n; j++) {
            float *at = c + i * of->ldc + j;
            if (by->kept != NULL) {
                *at = by->kept[i * by->ldk + j] > 0 ? *at : 0;
                continue;
            }
            *at += by->bias[j];
            *at = by->rectify && *at <= 0 ? 0 : *at;
        }
}

static void sums_are_chains(const struct muster_product *of)
{
    for (size_t j = 0; j < of->n; j++) {
        float sum = 0;
        for (size_t i = 0; i < of->m; i++)
            sum += of->c[i * of->ldc + j];
        assert_true(sum == of->finish->sums[j]);
    }
}

/* flags: 1 transposes B, of whose panels those of the product back are made; 2 rectifies. */
static void finished(const struct muster_kernel *by, const struct shape *shape, unsigned flags,
                     bool down)
{
    const size_t width = muster_packed_columns(shape->n);
    const struct matrix bias = matrix(1, width, 0, 7), kept = matrix(shape->m, width, 16, 8);
    float *sums = muster_alloc(width, sizeof *sums);
    const struct muster_finish up = {.bias = bias.at, .rectify = flags & 2};
    const struct muster_finish back = {.kept = kept.at, .ldk = kept.ld, .sums = sums};
    struct trial t = open_trial(shape->m, width, shape->k, flags & 1 ? 2 : 0);
    struct muster_product other = t.product;
    float *packed = muster_alloc(muster_spack_size(shape->k + 15, width), sizeof *packed);
    other.n = shape->n;
    if (flags & 1)
        muster_spack(false, other.n, other.k, other.b, other.ldb, packed);
    else
        muster_spack(false, other.k, other.n, other.b, other.ldb, packed);
    other.packed = packed;
    other.finish = down ? &back : &up;
    other.c = t.want.at;
    t.product.n = shape->n;
    t.product.finish = NULL;
    muster_product_run(by, &t.product);
    muster_product_run(by, &other);
    t.product.finish = other.finish;
    finish_plainly(&t.product, t.product.c);
    for (size_t i = 0; i < other.m; i++)
        for (size_t j = 0; j < other.n; j++)
            assert_true(t.product.c[i * other.ldc + j] == other.c[i * other.ldc + j]);
    if (down)
        sums_are_chains(&other);
    muster_free(packed);
    muster_free(sums);
    muster_free(bias.block);
    muster_free(kept.block);
    close_trial(&t);
}

static void products_are_finished_on_the_way(void **state)
{
    const struct muster_kernel *all[MOST];
    (void)state;
    for (size_t by = kernels(all); by-- > 0;)
        for (size_t s = 0; s < SHAPES; s++)
            for (unsigned flags = 0; flags < 4; flags++)
                for (int down = 0; down < 2; down++)
                    finished(all[by], &shapes[s], flags, down);
}

/* Puts together what is given in pieces; each number comes once. */
struct pieces {
    float *at;
    size_t n, largest;
};

static void take(void *context, size_t at, size_t n, const float *piece)
{
    struct pieces *to = context;
    for (size_t i = 0; i < n; i++) {
        assert_true(isnan(to->at[at + i]));
        to->at[at + i] = piece[i];
    }
    to->n += n;
    to->largest = n > to->largest ? n : to->largest;
}

static void into_panels(const struct muster_kernel *by, const struct shape *shape, bool packed)
{
    const size_t n = muster_packed_columns(shape->n), size = shape->m * n;
    struct trial t = open_trial(shape->m, n, shape->k, 1);
    struct muster_product other = t.product;
    float *c = muster_alloc(size, sizeof *c), *d = muster_alloc(size, sizeof *d);
    float *b = muster_alloc(muster_spack_size(shape->k, n) + 1, sizeof *b);
    struct pieces pieces = {.at = muster_alloc(size, sizeof *c)};
    muster_spack(false, shape->k, n, other.b, other.ldb, b);
    muster_product_run(by, &t.product);
    muster_spack(false, shape->m, n, t.product.c, t.product.ldc, d);
    for (size_t i = 0; i < size; i++)
        c[i] = pieces.at[i] = NAN;
    other.packed = packed ? b : NULL;
    other.panels = true;
    other.c = c;
    muster_product_run(by, &other);
    assert_memory_equal(c, d, size * sizeof *c);
    for (size_t i = 0; i < size; i++)
        c[i] = NAN;
    other.then = &(struct muster_follow){take, &pieces, {pieces.at}};
    muster_product_run(by, &other);
    assert_int_equal(pieces.n, size);
    assert_true(pieces.largest <= 84 * MUSTER_PANEL);
    assert_memory_equal(pieces.at, d, size * sizeof *c);
    muster_free(pieces.at);
    muster_free(b);
    muster_free(c);
    muster_free(d);
    close_trial(&t);
}

static void products_come_in_panels_and_in_pieces(void **state)
{
    const struct muster_kernel *all[MOST];
    (void)state;
    for (size_t by = kernels(all); by-- > 0;)
        for (size_t s = 0; s < SHAPES; s++)
            for (int packed = 0; packed < 2; packed++)
                into_panels(all[by], &shapes[s], packed);
}

static void panels_are_put_back_in_order(void **state)
{
    (void)state;
    for (size_t s = 0; s < SHAPES; s++)
        for (unsigned flags = 0; flags < 4; flags += 2) {
            const struct trial t = open_trial(1, shapes[s].n, shapes[s].k, flags);
            const struct matrix *b = &t.b;
            struct matrix back = matrix(b->rows, b->columns, 5, 1000);
            const size_t size = muster_spack_size(shapes[s].k, shapes[s].n);
            float *packed = muster_alloc(size + 1, sizeof *packed);
            muster_spack(flags != 0, shapes[s].k, shapes[s].n, b->at, b->ld, packed);
            muster_sunpack(flags != 0, shapes[s].k, shapes[s].n, packed, back.at, back.ld);
            for (size_t i = 0; i < b->rows; i++)
                assert_memory_equal(b->at + i * b->ld, back.at + i * back.ld,
                                    b->columns * sizeof *b->at);
            muster_free(packed);
            muster_free(back.block);
            close_trial((struct trial *)&t);
        }
}

/* Rows and columns from (i, j) on as a product of its own. */
static void part_has_the_same_bits(const struct muster_kernel *by, const struct trial *t, size_t i,
                                   size_t j)
{
    struct muster_product part = t->product;
    part.m = part.m - i < 5 ? part.m - i : 5;
    part.n = part.n - j < 19 ? part.n - j : 19;
    part.a += part.transpose_a ? i : i * part.lda;
    part.b += part.transpose_b ? j * part.ldb : j;
    part.c = t->want.at;
    part.ldc = 19;
    muster_product_run(by, &part);
    for (size_t r = 0; r < part.m; r++)
        assert_memory_equal(t->product.c + (i + r) * t->product.ldc + j, part.c + r * part.ldc,
                            part.n * sizeof *part.c);
}

static void an_element_has_the_same_bits_anywhere(void **state)
{
    const struct muster_kernel *all[MOST];
    (void)state;
    for (size_t by = kernels(all); by-- > 0;)
        for (unsigned flags = 0; flags < 4; flags++) {
            struct trial t = open_trial(262, 77, 401, flags);
            muster_product_run(all[by], &t.product);
            for (size_t i = 0; i < t.product.m; i += 13)
                for (size_t j = 0; j < t.product.n; j += 11)
                    part_has_the_same_bits(all[by], &t, i, j);
            close_trial(&t);
        }
}

static void the_face_packs_as_it_reads(void **state)
{
    (void)state;
    struct trial t = open_trial(64, 45, 200, 2);
    const struct muster_product *of = &t.product;
    float *packed = muster_alloc(muster_spack_size(of->k, of->n) + muster_spack_size(of->n, of->k),
                                 sizeof *packed);
    muster_blas_threads(1);
    muster_spack(true, of->k, of->n, of->b, of->ldb, packed);
    muster_sgemm_packed(of->m, of->n, of->k, 1, of->a, of->lda, packed, 0, of->c, of->ldc);
    muster_sgemm(false, true, of->m, of->n, of->k, 1, of->a, of->lda, of->b, of->ldb, 0, t.want.at,
                 of->ldc);
    for (size_t i = 0; i < of->m; i++)
        assert_memory_equal(of->c + i * of->ldc, t.want.at + i * of->ldc, of->n * sizeof *of->c);
    muster_spack(false, of->n, of->k, of->b, of->ldb, packed);
    muster_sgemm_packed_back(of->m, of->n, of->k, of->a, of->lda, packed, of->c, of->ldc, NULL);
    for (size_t i = 0; i < of->m; i++)
        assert_memory_equal(of->c + i * of->ldc, t.want.at + i * of->ldc, of->n * sizeof *of->c);
    muster_free(packed);
    close_trial(&t);
}

/* Both where B is packed on the way and where it is not. */
static void the_face_makes_panels(void **state)
{
    (void)state;
    for (size_t k = 20; k <= 200; k += 180) {
        struct trial t = open_trial(70, 48, k, 1);
        const struct muster_product *of = &t.product;
        const size_t size = muster_spack_size(of->m, of->n);
        float *room = muster_alloc(muster_spack_size(k, of->n), sizeof *room);
        float *c = muster_alloc(size, sizeof *c), *d = muster_alloc(size, sizeof *d);
        muster_product_run(muster_kernel_chosen(), of);
        muster_spack(false, of->m, of->n, of->c, of->ldc, d);
        muster_sgemm_into_packed(of->m, of->n, k, of->a, of->lda, of->b, of->ldb, room, c, NULL);
        assert_memory_equal(c, d, size * sizeof *c);
        muster_free(room);
        muster_free(c);
        muster_free(d);
        close_trial(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_is_the_plain_loop),
        cmocka_unit_test(packed_products_have_the_same_bits),
        cmocka_unit_test(packed_products_back_have_the_same_bits),
        cmocka_unit_test(products_are_finished_on_the_way),
        cmocka_unit_test(products_come_in_panels_and_in_pieces),
        cmocka_unit_test(panels_are_put_back_in_order),
        cmocka_unit_test(an_element_has_the_same_bits_anywhere),
        cmocka_unit_test(the_face_packs_as_it_reads),
        cmocka_unit_test(the_face_makes_panels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
