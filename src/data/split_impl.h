/* How rows are counted, drawn and dealt to parts: folds, and what is held out. */
#ifndef MUSTER_DATA_SPLIT_IMPL_H
#define MUSTER_DATA_SPLIT_IMPL_H

#include "data/data_impl.h"

/* What stands for the fold in the keys of draws that are not a repeat of the validation. */
enum { DATA_DRAW_LIMIT = -1, DATA_DRAW_TEST = -2 };

/* Rows to be dealt or drawn from. */
struct data_lot {
    const struct muster_data *data;
    const int64_t *rows;
    size_t n;
    bool stratified; /* by class, where there are classes */
    struct muster_stream stream;
};

static inline size_t data_strata(const struct data_lot *lot)
{
    const struct data_header *head = &lot->data->head;
    return lot->stratified && head->classification && !head->next_token ? lot->data->info.outputs
                                                                        : 1;
}

static inline size_t data_stratum(const struct data_lot *lot, int64_t row)
{
    return data_strata(lot) > 1 ? (size_t)lot->data->classes[row] : 0;
}

/* Adds the rows of each stratum to counts. */
void data_count(const struct data_lot *lot, int64_t *counts);
/* Chooses `count` <= n of the rows, every stratum evenly: away[i] for rows[i]. */
enum muster_status data_draw(const struct data_lot *lot, size_t count, bool *away);
/* Deals the rows to k parts of equal size, every stratum spread evenly: part[i] of rows[i]. */
enum muster_status data_deal(const struct data_lot *lot, size_t k, size_t *part);
/* Deals them by whole groups to k parts of given shares; as many groups as parts at least. */
enum muster_status data_deal_groups(const struct data_lot *lot, const double *share, size_t k,
                                    size_t *part);
/* Numbers the groups in the lot from 0: part[i] of rows[i], unless it is NULL. */
enum muster_status data_number_groups(const struct data_lot *lot, size_t *part, size_t *count);
/* Of a classification: refuses folds that train on one class. */
enum muster_status data_check_folds(const struct muster_data *data,
                                    const struct muster_folds *folds);
/* Fills data->rows and data->test_rows as `limit` and `test` say. */
enum muster_status data_hold_out(struct muster_data *data, const struct muster_data_setup *setup);

#endif
