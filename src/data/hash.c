/* A hash of the data that depends neither on how many ranks compute it nor on where the inputs are:
 * rows of x, and blocks of fixed size of what stands beside them, are hashed with their number,
 * dealt to the ranks and combined by exclusive or. The mixing steps
 * are the round of xxHash64 (Collet) and the finaliser of SplitMix64 (Steele, Lea, Flood). */
#include <string.h>

#include "data/data_impl.h"

#define BLOCK ((size_t)1 << 16)

static uint64_t round64(uint64_t hash, uint64_t word)
{
    hash += word * 0xC2B2AE3D27D4EB4Fu;
    return (hash << 31 | hash >> 33) * 0x9E3779B185EBCA87u;
}

static uint64_t finish(uint64_t hash)
{
    hash = (hash ^ hash >> 30) * 0xBF58476D1CE4E5B9u;
    hash = (hash ^ hash >> 27) * 0x94D049BB133111EBu;
    return hash ^ hash >> 31;
}

uint64_t data_hash_word(uint64_t hash, uint64_t word)
{
    return finish(round64(hash, word));
}

static uint64_t hash_bytes(uint64_t seed, const char *bytes, size_t n)
{
    uint64_t hash = round64(seed, n), word = 0;
    size_t at = 0;
    for (; at + sizeof word <= n; at += sizeof word) {
        memcpy(&word, bytes + at, sizeof word);
        hash = round64(hash, word);
    }
    word = 0;
    memcpy(&word, bytes + at, n - at);
    return finish(round64(hash, word));
}

/* Only what gives the bytes their meaning: not the chunks. */
static uint64_t hash_header(const struct muster_data *data)
{
    const struct data_header *head = &data->head;
    const uint64_t task = head->next_token ? 3 : head->multi_label ? 2 : head->classification;
    const uint64_t words[] = {
        head->kind,           task,          head->rank,     head->dims[0],  head->dims[1],
        head->dims[2],        head->targets, head->declared, head->official, head->rows[DATA_TRAIN],
        head->rows[DATA_TEST]};
    uint64_t hash = hash_bytes(0, (const char *)words, sizeof words);
    if (head->coded)
        hash = hash_bytes(hash, (const char *)data->columns.levels,
                          head->width * sizeof *data->columns.levels);
    if (head->tokens)
        hash = round64(hash, data->info.vocabulary);
    return hash;
}

/* Of this rank's share of the rows; their numbers are apart from those of blocks. */
static uint64_t hash_rows(const struct muster_data *data, const struct muster_comm *comm)
{
    const struct data_header *head = &data->head;
    const size_t bytes = head->width * data_numbers[head->kind].size;
    const struct data_share share =
        data_share(comm, head->rows[DATA_TRAIN] + head->rows[DATA_TEST]);
    uint64_t sum = 0;
    for (size_t row = share.first; row < share.end && !head->bare; row++)
        sum ^= hash_bytes(~(uint64_t)row, data_row(data, row), bytes);
    return sum;
}

enum muster_status data_hash(struct muster_data *data, const void *beside, size_t n,
                             struct muster_comm *comm)
{
    const size_t ranks = (size_t)muster_comm_size(comm);
    uint64_t sum = hash_rows(data, comm);
    for (size_t b = (size_t)muster_comm_rank(comm); b * BLOCK < n; b += ranks) {
        size_t left = n - b * BLOCK;
        sum ^= hash_bytes(b + 1, (const char *)beside + b * BLOCK, left < BLOCK ? left : BLOCK);
    }
    enum muster_status status = muster_reduce_xor(comm, &sum, 1);
    data->info.hash = finish(round64(sum, hash_header(data)));
    return status;
}
