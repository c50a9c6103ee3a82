/* The first failure of a rank, kept with its words while later calls overwrite the message; and
 * where its seconds went. */
#include <string.h>

#include "run/run_impl.h"

bool run_verdict_take(struct run_verdict *verdict, enum muster_status status)
{
    if (status != MUSTER_OK && verdict->status == MUSTER_OK) {
        verdict->status = status;
        strncpy(verdict->text, muster_error_text(), sizeof verdict->text - 1);
    }
    return status != MUSTER_OK;
}

enum muster_status run_verdict_say(const struct run_verdict *verdict)
{
    return verdict->status == MUSTER_OK ? MUSTER_OK
                                        : muster_error(verdict->status, "%s", verdict->text);
}

void run_watch_book(struct run_watch *watch, double *account)
{
    double now = muster_clock();
    *account += now - watch->last;
    watch->last = now;
}
