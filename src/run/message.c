/* The messages of a run: steps on their way out as one fixed-size block, reports on their way back
 * as packs, which go into the journal as they came. */
#include <string.h>

#include "run/run_impl.h"

size_t run_wire_bytes(size_t d)
{
    return sizeof(struct run_wire) + d * sizeof(double);
}

enum muster_status run_wire_create(size_t d, struct run_wire **wire)
{
    *wire = muster_alloc(run_wire_bytes(d), 1);
    return *wire == NULL ? MUSTER_NO_MEMORY : MUSTER_OK;
}

void run_wire_write(struct run_wire *wire, const struct muster_step *step, size_t d)
{
    *wire = (struct run_wire){.order = RUN_STEP,
                              .id = step->id,
                              .trial = step->trial,
                              .from_epoch = step->from_epoch,
                              .to_epoch = step->to_epoch,
                              .first_fold = step->first_fold,
                              .n_folds = step->n_folds,
                              .threshold = step->threshold};
    memcpy(wire->x, step->x, d * sizeof *wire->x);
}

struct muster_step run_wire_read(const struct run_wire *wire)
{
    return (struct muster_step){.id = wire->id,
                                .trial = wire->trial,
                                .from_epoch = wire->from_epoch,
                                .to_epoch = wire->to_epoch,
                                .first_fold = wire->first_fold,
                                .n_folds = wire->n_folds,
                                .threshold = wire->threshold,
                                .x = wire->x};
}

void run_report_result(struct muster_pack *pack, int64_t id, const struct muster_result *result,
                       const struct muster_observation *seen)
{
    pack->length = 0;
    pack->failed = false;
    muster_pack_i64(pack, "kind", RUN_RESULT);
    muster_pack_i64(pack, "step", id);
    muster_pack_f64(pack, "started", seen->started);
    muster_pack_f64(pack, "seconds", seen->seconds);
    muster_pack_i64(pack, "group", seen->group);
    muster_result_pack(result, pack);
}

void run_report_other(struct muster_pack *pack, enum run_report kind, int64_t id,
                      enum muster_status status)
{
    pack->length = 0;
    pack->failed = false;
    muster_pack_i64(pack, "kind", kind);
    muster_pack_i64(pack, "step", id);
    muster_pack_i64(pack, "status", status);
    muster_pack_text(pack, "text", kind == RUN_DROPPED ? "" : muster_error_text());
}
