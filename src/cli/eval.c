/* eval: cross-validates given configurations. Ranks form groups, group g takes configurations g,
 * g + groups, ... of a batch, and everything meets on rank 0 in one gather at its end: no messages
 * between, so nothing to wait for but the work itself.
 *
 * Configuration i has the random keys of trial i (or --trial + i), so that it gives the bits that
 * `run` gives for a trial of this number with these parameters, on any number of ranks. */
#include <math.h>

#include "eval.h"
#include "muster/linalg.h"

static const struct cli_flag flags[] = {
    {{.name = "params",
      .type = MUSTER_TEXT,
      .standard = "{}",
      .help = "a configuration {\"NAME\": VALUE, ...}, or a list of them; @FILE: from a file"},
     "JSON|@FILE"},
    {{.name = "json", .type = MUSTER_BOOL, .help = "one JSON list, for programs"}, NULL},
    {{.name = "trial",
      .type = MUSTER_INT,
      .standard = "0",
      .low = 0,
      .high = 9e15,
      .help = "the first configuration has the random keys of this trial of run, the next of the "
              "next"},
     "N"},
    {{.name = "set",
      .type = MUSTER_WORDS,
      .help = "replace a value of the study, e.g. validate.folds=10; may be repeated"},
     "PATH=VALUE"},
    {{.type = MUSTER_END}, NULL}};

/* ---- groups -------------------------------------------------------------------------------- */

struct squad {
    struct muster_comm *comm; /* owned; NULL on ranks that are left over */
    size_t index, groups;
};

/* Ranks a configuration: what takes the least time, the smallest of equals; beyond the folds, as
 * many for each. */
static int group_size(size_t n, size_t folds, size_t shards, size_t ranks)
{
    double least = INFINITY;
    size_t best = 1;

    for (size_t size = 1; size <= ranks && size <= folds * shards;
         size += size < folds ? 1 : folds) {
        size_t groups = ranks / size;
        double time =
            (double)((n + groups - 1) / groups) * muster_sharing_time(size, folds, shards);
        if (time < least * (1 - 1e-9)) {
            least = time;
            best = size;
        }
    }
    return (int)best;
}

/* Only trainings have shards. */
static size_t shards_of(const struct muster_study *study, struct muster_objective *objective)
{
    if (muster_objective_trainer(objective) == NULL)
        return 1;
    return (size_t)muster_block_int(muster_study_section(study, "parallel"), "shards");
}

/* Collective on `world`. */
static enum muster_status form(struct muster_comm *world, const struct eval_batch *batch,
                               struct muster_objective *objective, struct squad *squad)
{
    int rank = muster_comm_rank(world), ranks = muster_comm_size(world);
    int size = group_size(batch->n, muster_objective_info(objective)->folds,
                          shards_of(batch->study, objective), (size_t)ranks);
    int groups = ranks / size, index = rank / size;

    *squad = (struct squad){.index = (size_t)index, .groups = (size_t)groups};
    return muster_comm_split(world, index < groups ? index : -1, &squad->comm);
}

/* ---- one batch ----------------------------------------------------------------------------- */

/* Collective on the squad; its first rank appends what came out. */
static enum muster_status evaluate(const struct eval *eval, struct muster_objective *objective,
                                   const struct squad *squad, size_t i, struct muster_pack *pack)
{
    const struct muster_objective_info *info = muster_objective_info(objective);
    int64_t trial = eval->trial + (int64_t)i;
    struct muster_step step = {.id = trial,
                               .trial = trial,
                               .to_epoch = -1,
                               .n_folds = -1,
                               .threshold = NAN,
                               .x = eval->cases[i].x};
    struct muster_result result = {0};
    struct muster_pack packed = {0};
    double begin = muster_clock();
    enum muster_status status;

    status = muster_result_create(&result, info->folds, info->metrics, info->epochs);
    MUSTER_TRY(muster_agree(squad->comm, status));
    MUSTER_TRY(muster_objective_evaluate(objective, squad->comm, &step, NULL, &result));
    if (muster_comm_rank(squad->comm) == 0) {
        muster_result_pack(&result, &packed);
        muster_pack_i64(pack, "case", (int64_t)i);
        muster_pack_f64(pack, "seconds", muster_clock() - begin);
        muster_pack_put(pack, "result", MUSTER_U8, packed.data, packed.length);
    }
    status =
        muster_agree(squad->comm, pack->failed || packed.failed ? MUSTER_NO_MEMORY : MUSTER_OK);
done:
    muster_pack_free(&packed);
    muster_result_clear(&result);
    return status;
}

/* Rank 0: what the groups have sent, one record of three fields a configuration. */
static enum muster_status take(struct eval *eval, const unsigned char *bytes, size_t n)
{
    enum muster_status status = MUSTER_OK;
    struct muster_field field;
    size_t offset = 0;

    while (offset < n) {
        struct eval_case *one;
        size_t at = offset;
        int64_t i = muster_pack_get_i64(bytes + at, n - at, "case", -1);
        if (i < 0 || (size_t)i >= eval->n)
            return muster_error(MUSTER_INTERNAL, "a group reported no known configuration");
        one = &eval->cases[i];
        one->seconds = muster_pack_get_f64(bytes + at, n - at, "seconds", 0.0);
        for (int f = 0; f < 3; f++)
            if (!muster_pack_next(bytes, n, &offset, &field))
                return muster_error(MUSTER_INTERNAL, "a group's report is cut off");
        MUSTER_TRY(muster_result_unpack(field.data, field.bytes, &one->result));
    }
done:
    return status;
}

/* Collective on the world: all ranks return the same status. */
static enum muster_status share(struct eval *eval, const struct eval_batch *batch,
                                struct muster_objective *objective, const struct squad *squad)
{
    enum muster_status mine = MUSTER_OK, gathered;
    struct muster_pack pack = {0};
    size_t *offsets = NULL;
    void *all = NULL;

    for (size_t i = squad->index; squad->comm != NULL && i < batch->n && mine == MUSTER_OK;
         i += squad->groups)
        mine = evaluate(eval, objective, squad, batch->first + i, &pack);
    gathered = muster_gather(eval->world, pack.data, mine == MUSTER_OK ? pack.length : 0, 0, &all,
                             &offsets);
    for (int r = 0; offsets != NULL && gathered == MUSTER_OK && r < muster_comm_size(eval->world);
         r++)
        gathered = take(eval, (unsigned char *)all + offsets[r], offsets[r + 1] - offsets[r]);
    mine = muster_agree(eval->world, mine != MUSTER_OK ? mine : gathered);
    muster_free(all);
    muster_free(offsets);
    muster_pack_free(&pack);
    return mine;
}

/* What all batches have in common, kept when the first is done. */
static enum muster_status keep_names(struct eval *eval, const struct muster_objective_info *info)
{
    enum muster_status status = MUSTER_OK;

    if (eval->metric_names != NULL)
        return MUSTER_OK;
    eval->maximize = info->maximize;
    MUSTER_NEW(eval->metric_names, info->metrics);
    for (eval->metrics = 0; eval->metrics < info->metrics; eval->metrics++) {
        eval->metric_names[eval->metrics] = muster_strdup(info->metric_names[eval->metrics]);
        MUSTER_TRY(eval->metric_names[eval->metrics] != NULL ? MUSTER_OK : MUSTER_NO_MEMORY);
    }
done:
    return status;
}

static enum muster_status run_batch(struct eval *eval, const struct eval_batch *batch)
{
    struct muster_objective *objective = NULL;
    struct squad squad = {0};
    enum muster_status status;

    MUSTER_TRY(muster_objective_create(batch->study, eval->world, &objective));
    status = keep_names(eval, muster_objective_info(objective));
    MUSTER_TRY(muster_agree(eval->world, status));
    MUSTER_TRY(form(eval->world, batch, objective, &squad));
    MUSTER_TRY(share(eval, batch, objective, &squad));
done:
    muster_comm_destroy(&squad.comm);
    muster_objective_destroy(&objective);
    return status;
}

/* ---- the command --------------------------------------------------------------------------- */

static void clear(struct eval *eval)
{
    for (size_t i = 0; i < eval->n && eval->cases != NULL; i++) {
        muster_text_free(&eval->cases[i].constants);
        muster_free(eval->cases[i].x);
        muster_result_clear(&eval->cases[i].result);
    }
    for (size_t b = 0; b < eval->n_batches; b++)
        muster_study_destroy(&eval->batches[b].study);
    for (size_t m = 0; m < eval->metrics; m++)
        muster_free(eval->metric_names[m]);
    muster_free(eval->metric_names);
    muster_free(eval->batches);
    muster_free(eval->cases);
    muster_study_destroy(&eval->study);
    cJSON_Delete(eval->list);
}

static enum muster_status run(struct cli *cli, const struct cli_arguments *arguments)
{
    const struct muster_value *trial = cli_flag(arguments, "trial");
    struct cli_catalog catalog = {0};
    struct eval eval = {.world = cli->world,
                        .arguments = arguments,
                        .catalog = &catalog,
                        .trial = trial->set ? (int64_t)trial->number : 0};
    enum muster_status status;

    MUSTER_TRY(muster_agree(cli->world, cli_catalog_create(&catalog)));
    MUSTER_TRY(cli_study_load(cli->world, arguments, &catalog, &eval.study));
    MUSTER_TRY(eval_read(&eval));
    muster_blas_threads(
        (int)muster_block_int(muster_study_section(eval.study, "parallel"), "threads"));
    muster_log_once(true); /* all batches warn of the same data */
    for (size_t b = 0; b < eval.n_batches; b++)
        MUSTER_TRY(run_batch(&eval, &eval.batches[b]));
    if (cli->speaks)
        status =
            cli_flag(arguments, "json")->set ? eval_json(&eval, stdout) : eval_print(&eval, stdout);
done:
    muster_log_once(false);
    clear(&eval);
    cli_catalog_clear(&catalog);
    return status;
}

const struct cli_command cli_eval = {
    .name = "eval",
    .operand = "STUDY",
    .help = "cross-validate given configurations and print their scores",
    .more =
        "Parameters that a configuration leaves out take the study's constant. Under mpirun the\n"
        "configurations are spread over the ranks, their folds where ranks are left, and with\n"
        "parallel.shards the batches of a fold where more are left. The same bits as a trial of\n"
        "`run` with the same parameters and number: configuration i of the list counts as trial\n"
        "i, see --trial.",
    .flags = flags,
    .parallel = true,
    .run = run};
