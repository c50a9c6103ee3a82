/* The messages of a run: steps on their way out as one fixed-size block, reports on their way back
 * as packs, which go into the journal as they came. */
#include <string.h>

#include "run/run_impl.h"

size_t run_wire_numbers(const struct muster_study *study, const struct muster_objective_info *info)
{
    const char *racing = muster_block_text(muster_study_section(study, "search"), "racing");
    return muster_study_space(study)->d + (strcmp(racing, "none") != 0 ? info->folds : 0);
}

size_t run_wire_bytes(size_t numbers)
{
    return sizeof(struct run_wire) + numbers * sizeof(double);
}

enum muster_status run_wire_create(size_t numbers, struct run_wire **wire)
{
    *wire = muster_alloc(run_wire_bytes(numbers), 1);
    return *wire == NULL ? MUSTER_NO_MEMORY : MUSTER_OK;
}

void run_wire_write(struct run_wire *wire, const struct muster_step *step, size_t d, size_t numbers)
{
    *wire = (struct run_wire){.order = RUN_STEP, .levels = step->level != NULL, .step = *step};
    wire->step.x = wire->step.level = NULL;
    memcpy(wire->numbers, step->x, d * sizeof *wire->numbers);
    if (step->level != NULL)
        memcpy(wire->numbers + d, step->level, (numbers - d) * sizeof *wire->numbers);
}

struct muster_step run_wire_read(const struct run_wire *wire, size_t d)
{
    struct muster_step step = wire->step;
    step.x = wire->numbers;
    step.level = wire->levels ? wire->numbers + d : NULL;
    return step;
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

void run_report_epochs(struct muster_pack *pack, int64_t epochs, int64_t most)
{
    pack->length = 0;
    pack->failed = false;
    muster_pack_i64(pack, "kind", RUN_EPOCHS);
    muster_pack_i64(pack, "epochs", epochs);
    muster_pack_i64(pack, "most", most);
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
