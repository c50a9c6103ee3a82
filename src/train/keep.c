/* What is kept of a training on its way, in a folder of files TRIAL-FOLD: a cache. A file is a head
 * and the bytes of its pieces; the head holds their checksum and all that their meaning depends on.
 * It is written aside and renamed; one that is damaged, or of anything else than what is asked for,
 * is as good as none. A failure to write costs a warning. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "train_impl.h"

#define MAGIC "MUSTERK1"

enum { PATH_SIZE = 4096 };

struct head {
    char magic[8];
    uint64_t identity; /* of study, data, build and machine */
    uint64_t point;    /* of the configuration, and of the share of the rows */
    int64_t kind, trial, fold, epoch;
    uint64_t bytes; /* behind the head */
    uint32_t sum;   /* CRC-32C of these */
    uint32_t own;   /* of the head before it */
};

/* ---- heads ---------------------------------------------------------------------------------- */

static uint32_t sum_of(const struct head *head)
{
    return muster_crc32c(0, head, offsetof(struct head, own));
}

static uint64_t point_of(const struct muster_trainer *trainer, const struct keep_of *of)
{
    const size_t d = muster_study_space(trainer->study)->d;
    uint32_t low = muster_crc32c(0, of->x, d * sizeof *of->x);
    uint32_t high = muster_crc32c(1, of->x, d * sizeof *of->x);
    low = muster_crc32c(low, &of->rows, sizeof of->rows);
    high = muster_crc32c(high, &of->rows, sizeof of->rows);
    return low | (uint64_t)high << 32;
}

static struct head head_of(const struct muster_trainer *trainer, const struct keep_of *of)
{
    return (struct head){.magic = MAGIC,
                         .identity = trainer->keeping.identity,
                         .point = point_of(trainer, of),
                         .kind = of->kind,
                         .trial = of->trial,
                         .fold = of->fold};
}

/* True where the head is whole and of what is asked for. */
static bool fits(const struct head *head, const struct head *asked)
{
    return sum_of(head) == head->own &&
           memcmp(head->magic, asked->magic, sizeof head->magic) == 0 &&
           head->identity == asked->identity && head->point == asked->point &&
           head->kind == asked->kind && head->trial == asked->trial && head->fold == asked->fold;
}

static void path_of(const struct muster_trainer *trainer, int64_t trial, int64_t fold,
                    char path[PATH_SIZE])
{
    if (fold < 0)
        snprintf(path, PATH_SIZE, "%s/%lld-refit", trainer->folder, (long long)trial);
    else
        snprintf(path, PATH_SIZE, "%s/%lld-%lld", trainer->folder, (long long)trial,
                 (long long)fold);
}

/* ---- room ----------------------------------------------------------------------------------- */

/* One look over the folder: bytes of all files, and the one that is cheapest to make again. */
struct stock {
    double bytes;
    int64_t least; /* its epoch; of note_trial, the last trial */
    char path[PATH_SIZE];
};

static void look_at(const char *path, struct stock *stock)
{
    struct stat about;
    struct head head;
    FILE *file = stat(path, &about) == 0 ? fopen(path, "rb") : NULL;
    if (file == NULL)
        return;
    stock->bytes += (double)about.st_size;
    bool whole = fread(&head, sizeof head, 1, file) == 1 && sum_of(&head) == head.own;
    int64_t epoch = whole ? head.epoch : -1;
    if (epoch < stock->least) {
        stock->least = epoch;
        snprintf(stock->path, sizeof stock->path, "%s", path);
    }
    fclose(file);
}

static bool is_ours(const char *name)
{
    const size_t digits = strspn(name, "0123456789");
    if (digits == 0 || name[digits] != '-')
        return false;
    name += digits + 1;
    name += strncmp(name, "refit", 5) == 0 ? 5 : strspn(name, "0123456789");
    return *name == '\0' || strcmp(name, ".tmp") == 0;
}

/* Calls `act` with the path of each of our files in the folder. */
static void for_files(const char *folder, void (*act)(const char *path, struct stock *stock),
                      struct stock *stock)
{
    DIR *list = opendir(folder);
    for (struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
        char path[PATH_SIZE];
        int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (length < PATH_SIZE && is_ours(entry->d_name))
            act(path, stock);
    }
    if (list != NULL)
        closedir(list);
}

/* Drops files of fewer epochs until there is room below the limit; false where there is none. */
static bool make_room(const struct muster_trainer *trainer, double bytes, int64_t epoch)
{
    struct stock stock;
    if (bytes > trainer->keeping.limit)
        return false;
    do {
        stock = (struct stock){.least = epoch};
        for_files(trainer->folder, look_at, &stock);
        if (stock.bytes + bytes <= trainer->keeping.limit)
            return true;
    } while (stock.path[0] != '\0' && unlink(stock.path) == 0);
    return false;
}

static void note_trial(const char *path, struct stock *stock)
{
    const long long trial = strtoll(strrchr(path, '/') + 1, NULL, 10);
    stock->least = trial > stock->least ? trial : stock->least;
}

enum muster_status muster_trainer_keep(struct muster_trainer *trainer,
                                       const struct muster_keeping *keeping)
{
    enum muster_status status = MUSTER_OK;
    struct stock stock = {.least = -1};
    keep_forget(trainer);
    trainer->keeping = *keeping;
    trainer->keeping.folder = NULL;
    if (keeping->folder == NULL)
        return MUSTER_OK;
    for_files(keeping->folder, note_trial, &stock);
    MUSTER_NEW(trainer->kept_to, 1);
    *trainer->kept_to = stock.least;
    trainer->folder = muster_strdup(keeping->folder);
    status = trainer->folder != NULL ? MUSTER_OK : MUSTER_NO_MEMORY;
done:
    return status;
}

void keep_forget(struct muster_trainer *trainer)
{
    muster_free(trainer->folder);
    muster_free(trainer->kept_to);
    trainer->folder = NULL;
    trainer->kept_to = NULL;
}

void muster_trainer_drop(const struct muster_trainer *trainer, int64_t trial)
{
    for (size_t k = 0; k < muster_trainer_folds(trainer); k++)
        keep_remove(trainer, trial, (int64_t)k);
}

static void remove_one(const char *path, struct stock *stock)
{
    (void)stock;
    unlink(path);
}

void muster_keep_clear(const char *folder)
{
    for_files(folder, remove_one, NULL);
    rmdir(folder); /* stays where something else lies in it */
}

/* ---- writing -------------------------------------------------------------------------------- */

static bool write_file(const char *path, const struct head *head, const struct keep_piece *pieces,
                       size_t n)
{
    FILE *file = fopen(path, "wb");
    bool good = file != NULL && fwrite(head, sizeof *head, 1, file) == 1;
    for (size_t i = 0; i < n && good; i++)
        good = pieces[i].bytes == 0 || fwrite(pieces[i].data, pieces[i].bytes, 1, file) == 1;
    if (file != NULL)
        good = fclose(file) == 0 && good;
    return good;
}

bool keep_write(const struct muster_trainer *trainer, const struct keep_of *of, int64_t epoch,
                const struct keep_piece *pieces, size_t n)
{
    char path[PATH_SIZE], aside[PATH_SIZE + 8];
    if (trainer->folder == NULL)
        return false;
    struct head head = head_of(trainer, of);
    head.epoch = epoch;
    for (size_t i = 0; i < n; i++) {
        head.bytes += pieces[i].bytes;
        head.sum = muster_crc32c(head.sum, pieces[i].data, pieces[i].bytes);
    }
    head.own = sum_of(&head);
    path_of(trainer, of->trial, of->fold, path);
    snprintf(aside, sizeof aside, "%s.tmp", path);
    if (!make_room(trainer, (double)(head.bytes + sizeof head), epoch))
        return false;
    mkdir(trainer->folder, 0777);
    if (write_file(aside, &head, pieces, n) && rename(aside, path) == 0) {
        *trainer->kept_to = of->trial > *trainer->kept_to ? of->trial : *trainer->kept_to;
        return true;
    }
    muster_log(MUSTER_WARNINGS, "%s cannot be written, so that a later step begins anew: %s", aside,
               strerror(errno));
    unlink(aside);
    return false;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* Bytes behind the head: all of them with the right sum, and no more; NULL otherwise. */
static unsigned char *read_whole(FILE *file, const struct head *head)
{
    unsigned char *bytes = muster_alloc(head->bytes, 1), more;
    if (bytes != NULL &&
        (fread(bytes, 1, head->bytes, file) != head->bytes || fread(&more, 1, 1, file) != 0 ||
         muster_crc32c(0, bytes, head->bytes) != head->sum)) {
        muster_free(bytes);
        bytes = NULL;
    }
    return bytes;
}

static bool take(FILE *file, const struct head *asked, int64_t most,
                 const struct keep_piece *pieces, size_t n)
{
    struct head head;
    uint64_t size = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        size += pieces[i].bytes;
    if (fread(&head, sizeof head, 1, file) != 1 || !fits(&head, asked) || head.bytes != size ||
        head.epoch > most)
        return false;
    unsigned char *bytes = read_whole(file, &head);
    for (size_t i = 0; i < n && bytes != NULL; at += pieces[i++].bytes)
        if (pieces[i].bytes > 0)
            memcpy(pieces[i].data, bytes + at, pieces[i].bytes);
    muster_free(bytes);
    return bytes != NULL;
}

bool keep_read(const struct muster_trainer *trainer, const struct keep_of *of, int64_t most,
               const struct keep_piece *pieces, size_t n)
{
    char path[PATH_SIZE];
    if (trainer->folder == NULL || (of->trial > *trainer->kept_to && !of->follows))
        return false;
    const struct head asked = head_of(trainer, of);
    path_of(trainer, of->trial, of->fold, path);
    FILE *file = fopen(path, "rb");
    bool taken = file != NULL && take(file, &asked, most, pieces, n);
    if (file != NULL)
        fclose(file);
    return taken;
}

void keep_remove(const struct muster_trainer *trainer, int64_t trial, int64_t fold)
{
    char path[PATH_SIZE];
    if (trainer->folder == NULL)
        return;
    path_of(trainer, trial, fold, path);
    unlink(path);
}
