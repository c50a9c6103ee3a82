/* What comes next, and how many results it rests on: of the steps before it, by their order and the
 * window, never by when they arrived. */
#include "search/wrapper_impl.h"

/* Results that the method's proposal of configuration `trial` must know: of the first so many. */
static int64_t method_needs(const struct muster_search *search, int64_t trial)
{
    if (trial < search->blind || trial < (int64_t)search->setup.n_initial)
        return 0;
    if (search->method->barrier != NULL)
        return search->method->barrier(search->state, trial);
    return trial - search->setup.window;
}

/* How many steps, from 0 on, the next one must know, and may. Where steps are judged by others, it
 * is the window's that they know, whatever proposes them. */
int64_t wrapper_horizon(const struct muster_search *search)
{
    int64_t window = search->asked - search->setup.window;
    if (has_rungs(search))
        return window;
    int64_t needs = method_needs(search, search->asked);
    return search->race.kind != RACE_NONE && window > needs ? window : needs;
}

/* With generations, a configuration waits for the first results of all that it descends from. */
static int64_t steps_needed(const struct muster_search *search)
{
    if (!has_rungs(search) || search->method->barrier == NULL)
        return 0;
    int64_t trials = method_needs(search, search->n_trials);
    return trials > 0 ? search->trials[trials - 1].first + 1 : 0;
}

static bool has_room(const struct muster_search *search)
{
    const bool initial = search->n_trials < (int64_t)search->setup.n_initial;
    return !search->dry && (search->setup.trials == 0 || search->n_trials < search->setup.trials) &&
           (initial || (double)search->seen.n < search->points);
}

/* What comes next, by the smallest number of known results, from the window's on, that something
 * follows from. `answer` says WAIT where a result is missing, DONE where nothing is to come. */
enum muster_status wrapper_decide(struct muster_search *search, struct muster_move *move,
                                  enum muster_answer *answer)
{
    enum muster_status status = MUSTER_OK;
    int64_t end = wrapper_horizon(search), needed;
    bool missing;

    for (*answer = MUSTER_ASK_WAIT;;) {
        MUSTER_TRY(wrapper_learn(search, end, &missing));
        if (missing)
            break;
        MUSTER_TRY(search->scheduler->next(search->schedule, has_room(search), move));
        needed = move->kind == MUSTER_MOVE_NEW ? steps_needed(search) : 0;
        if (move->kind == MUSTER_MOVE_END ||
            (move->kind == MUSTER_MOVE_MORE && (int64_t)search->n_learnt == search->asked)) {
            *answer = MUSTER_ASK_DONE;
            break;
        }
        if (move->kind != MUSTER_MOVE_MORE && needed <= (int64_t)search->n_learnt) {
            *answer = MUSTER_ASK_STEP;
            break;
        }
        if (!search->setup.strict) { /* what is told is known already */
            *answer = move->kind == MUSTER_MOVE_MORE ? MUSTER_ASK_WAIT : MUSTER_ASK_STEP;
            break;
        }
        end = move->kind == MUSTER_MOVE_MORE ? (int64_t)search->n_learnt + 1 : needed;
    }
done:
    return status;
}
