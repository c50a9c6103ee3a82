/* Status, its exit code, and this thread's error message. */
#include "muster/base.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char message[MUSTER_ERROR_SIZE];

int muster_status_exit(enum muster_status status)
{
    static const int codes[] = {
#define X(name, code, text) [MUSTER_##name] = (code),
        MUSTER_STATUS_LIST(X)
#undef X
    };
    return codes[status];
}

const char *muster_status_text(enum muster_status status)
{
    static const char *const texts[] = {
#define X(name, code, text) [MUSTER_##name] = (text),
        MUSTER_STATUS_LIST(X)
#undef X
    };
    return texts[status];
}

enum muster_status muster_error(enum muster_status status, const char *format, ...)
{
    /* The arguments may point into the old message: build the new one beside it. */
    static _Thread_local char fresh[MUSTER_ERROR_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fresh, sizeof fresh, format, arguments);
    va_end(arguments);
    snprintf(message, sizeof message, "%s", fresh);
    return status;
}

const char *muster_error_text(void)
{
    return message;
}

void muster_error_clear(void)
{
    message[0] = '\0';
}
