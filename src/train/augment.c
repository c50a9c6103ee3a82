/* Images drawn anew each time a training row is seen, after scaling. In this order, each where it
 * is asked for:
 * - crop c: a window of side s in [c, 1] of the image's, uniform, at a uniform place, is enlarged
 * to the whole, bilinear as PyTorch's interpolate with align_corners false;
 * - flip p: mirrored left to right with probability p;
 * - shift k: moved by whole pixels, uniform in -k .. k each way; what comes in is background, which
 *   is a 0 of the file;
 * - cutout k: a square of k pixels around a uniform pixel becomes 0 as scaled, the mean of standard
 *   images (DeVries, Taylor, arXiv 1708.04552).
 *
 * A row's draws are keyed by (seed, trial, fold), epoch and row number, not by its batch. Of
 * several inputs those that are images are drawn anew, all of a row by the same draws. */
#include <math.h>
#include <string.h>

#include "train_impl.h"

enum { FLIP, DOWN, RIGHT, CUT_Y, CUT_X, SIDE, TOP, LEFT, DRAWS };

/* Where a row or column of the new image comes from: between two of the old one, `part` on the way
 * from `low` to `high`; from outside where low is negative. */
struct origin {
    int64_t low, high;
    float part;
};

static double number_or(const struct muster_block *train, const char *name, double otherwise)
{
    const struct muster_value *value = muster_block_get(train, name);
    return value->set ? value->number : otherwise;
}

/* The first option that is for images only, or NULL. */
static const char *image_option(const struct augment *augment)
{
    return augment->flip > 0     ? "train.augment.flip"
           : augment->shift > 0  ? "train.augment.shift"
           : augment->crop < 1   ? "train.augment.crop"
           : augment->cutout > 0 ? "train.augment.cutout"
                                 : NULL;
}

static enum muster_status check_picture(const struct fit *fit, const struct augment *augment,
                                        const struct muster_data_info *info)
{
    const struct muster_study *study = fit->trainer->study;
    const int64_t least = (int64_t)(info->dims[0] < info->dims[1] ? info->dims[0] : info->dims[1]);
    if (augment->shift > 0 && augment->shift >= least)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: train.augment.shift: %lld pixels move all of an image of %zu x "
                            "%zu out (fewer)",
                            muster_study_place(study, "train.augment.shift"),
                            (long long)augment->shift, info->dims[0], info->dims[1]);
    if (augment->cutout > 0 && augment->cutout >= least)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: train.augment.cutout: %lld pixels cover an image of %zu x %zu "
                            "(fewer)",
                            muster_study_place(study, "train.augment.cutout"),
                            (long long)augment->cutout, info->dims[0], info->dims[1]);
    return MUSTER_OK;
}

/* The inputs that are images, of which there are some. */
static enum muster_status find_pictures(const struct fit *fit, struct augment *augment)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_study *study = fit->trainer->study;
    const struct muster_data *data = fit->trainer->data;
    const char *option = image_option(augment);
    int64_t most = 0;
    MUSTER_NEW(augment->pictures, muster_data_inputs(data));
    for (size_t i = 0; i < muster_data_inputs(data); i++) {
        const struct muster_data_input input = muster_data_input(data, i);
        const struct muster_data_info *info = muster_data_info(input.data);
        struct picture *picture = &augment->pictures[augment->n_pictures];
        if (!info->image)
            continue;
        augment->n_pictures++;
        *picture = (struct picture){.input = i,
                                    .at = input.at,
                                    .height = (int64_t)info->dims[0],
                                    .width = (int64_t)info->dims[1],
                                    .channels = info->rank > 2 ? info->dims[2] : 1};
        MUSTER_TRY(check_picture(fit, augment, info));
        MUSTER_NEW(picture->background, picture->channels);
        most = picture->height + picture->width > most ? picture->height + picture->width : most;
    }
    if (augment->n_pictures == 0)
        return muster_error(MUSTER_BAD_STUDY,
                            "%s: %s is for images (rows [h, w] or [h, w, c]; the file's attribute "
                            "layout, HW, HWC or CHW, tells them from sequences)",
                            muster_study_place(study, option), option);
    MUSTER_NEW(augment->origins, most);
done:
    return status;
}

enum muster_status augment_create(struct fit *fit)
{
    enum muster_status status = MUSTER_OK;
    const struct muster_data_info *info = trainer_info(fit->trainer);
    struct augment *augment = &fit->augment;
    *augment = (struct augment){
        .flip = number_or(fit->train, "augment.flip", 0),
        .shift = (int64_t)number_or(fit->train, "augment.shift", 0),
        .crop = number_or(fit->train, "augment.crop", 1),
        .cutout = (int64_t)number_or(fit->train, "augment.cutout", 0),
        .mixup = number_or(fit->train, "augment.mixup", 0),
        .rows = (uint64_t)muster_data_first_test(fit->trainer->data),
    };
    augment->images = image_option(augment) != NULL;
    if (augment->images)
        MUSTER_TRY(find_pictures(fit, augment));
    MUSTER_TRY(mixup_check(fit));
    if (augment->images || augment->mixup > 0)
        MUSTER_NEW(augment->copy, info->width);
    if (augment->mixup > 0 && fit->classes != NULL)
        MUSTER_NEW(fit->others, fit->pass);
    if (augment->mixup > 0 && fit->values != NULL)
        MUSTER_NEW(augment->targets, info->outputs);
done:
    return status;
}

void augment_clear(struct fit *fit)
{
    muster_free(fit->augment.copy);
    muster_free(fit->augment.targets);
    for (size_t p = 0; p < fit->augment.n_pictures; p++)
        muster_free(fit->augment.pictures[p].background);
    muster_free(fit->augment.pictures);
    muster_free(fit->augment.origins);
    muster_free(fit->others);
}

void augment_begin(struct fit *fit, struct muster_stream stream)
{
    fit->augment.stream = stream;
    for (size_t p = 0; p < fit->augment.n_pictures; p++) {
        struct picture *picture = &fit->augment.pictures[p];
        const struct muster_prep *prep = muster_prep_input(fit->prep, picture->input);
        for (size_t c = 0; c < picture->channels; c++)
            picture->background[c] =
                (float)(-muster_prep_mean(prep)[c] / muster_prep_scale(prep)[c]);
    }
}

static double draw(const struct augment *augment, uint64_t key, int which)
{
    return muster_random_uniform(augment->stream, key * DRAWS + (uint64_t)which);
}

/* A whole number from low to high. */
static int64_t between(double uniform, int64_t low, int64_t high)
{
    return low + (int64_t)(uniform * (double)(high - low + 1));
}

/* Of the n rows or columns of an image moved by `move`, mirrored or not, whose window of `side` of
 * the whole begins at share `start` of what is left beside it. */
static void find_origins(int64_t n, int64_t move, bool mirrored, double side, double start,
                         struct origin *origins)
{
    for (int64_t i = 0; i < n; i++) {
        const int64_t at = i - move, from = mirrored ? n - 1 - at : at;
        if (at < 0 || at >= n) {
            origins[i] = (struct origin){.low = -1};
            continue;
        }
        double place = start * (1 - side) * (double)n + ((double)from + 0.5) * side - 0.5;
        place = side < 1 ? (place > 0 ? place : 0) : (double)from;
        const int64_t low = (int64_t)place, next = low + 1 < n ? low + 1 : low;
        origins[i] = (struct origin){low, next, (float)(place - (double)low)};
    }
}

/* One pixel of the new image. */
static void sample(const struct augment *augment, struct origin y, struct origin x, float *to)
{
    const size_t channels = augment->channels;
    const float *old = augment->copy;
    if (y.low < 0 || x.low < 0) {
        memcpy(to, augment->background, channels * sizeof *to);
        return;
    }
    const float *a = old + (size_t)(y.low * augment->width + x.low) * channels;
    const float *b = old + (size_t)(y.low * augment->width + x.high) * channels;
    const float *c = old + (size_t)(y.high * augment->width + x.low) * channels;
    const float *d = old + (size_t)(y.high * augment->width + x.high) * channels;
    for (size_t k = 0; k < channels; k++) {
        const float above = a[k] + x.part * (b[k] - a[k]), below = c[k] + x.part * (d[k] - c[k]);
        to[k] = above + y.part * (below - above);
    }
}

static void move_image(const struct augment *augment, uint64_t key, float *image)
{
    const int64_t h = augment->height, w = augment->width, k = augment->shift;
    const double side = 1 - (1 - augment->crop) * draw(augment, key, SIDE);
    struct origin *rows = augment->origins, *columns = rows + h;
    memcpy(augment->copy, image, (size_t)(h * w) * augment->channels * sizeof *image);
    find_origins(h, between(draw(augment, key, DOWN), -k, k), false, side, draw(augment, key, TOP),
                 rows);
    find_origins(w, between(draw(augment, key, RIGHT), -k, k),
                 draw(augment, key, FLIP) < augment->flip, side, draw(augment, key, LEFT), columns);
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w; x++)
            sample(augment, rows[y], columns[x], image + (size_t)(y * w + x) * augment->channels);
}

static void cut_out(const struct augment *augment, uint64_t key, float *image)
{
    const int64_t h = augment->height, w = augment->width, size = augment->cutout;
    const int64_t top = between(draw(augment, key, CUT_Y), 0, h - 1) - size / 2;
    const int64_t left = between(draw(augment, key, CUT_X), 0, w - 1) - size / 2;
    for (int64_t y = top > 0 ? top : 0; y < h && y < top + size; y++)
        for (int64_t x = left > 0 ? left : 0; x < w && x < left + size; x++)
            memset(image + (size_t)(y * w + x) * augment->channels, 0,
                   augment->channels * sizeof *image);
}

void augment_image(const struct augment *augment, int64_t epoch, int64_t row, float *image)
{
    const uint64_t key = (uint64_t)epoch * augment->rows + (uint64_t)row;
    if (augment->flip > 0 || augment->shift > 0 || augment->crop < 1)
        move_image(augment, key, image);
    if (augment->cutout > 0)
        cut_out(augment, key, image);
}

void augment_batch(struct fit *fit, int64_t epoch, const int64_t *rows, size_t n, float *x)
{
    const size_t width = trainer_info(fit->trainer)->width;
    struct augment *augment = &fit->augment;
    for (size_t p = 0; p < augment->n_pictures; p++) {
        const struct picture *picture = &augment->pictures[p];
        augment->height = picture->height;
        augment->width = picture->width;
        augment->channels = picture->channels;
        augment->background = picture->background;
        for (size_t i = 0; i < n; i++)
            augment_image(augment, epoch, rows[i], x + i * width + picture->at);
    }
}
