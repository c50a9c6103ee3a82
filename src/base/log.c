/* Log lines on standard error, and one progress line below them that is redrawn in place. */
#include "muster/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct {
    enum muster_level level;
    bool on;
    char progress[512]; /* "" while there is none */
} state = {.level = MUSTER_WARNINGS, .on = true};

void muster_log_setup(enum muster_level level, bool on)
{
    state.level = level;
    state.on = on;
}

static void draw_progress(void)
{
    if (state.progress[0] != '\0')
        fprintf(stderr, "\r%s\033[K", state.progress);
}

static void erase_progress(void)
{
    if (state.progress[0] != '\0')
        fputs("\r\033[K", stderr);
}

void muster_log(enum muster_level level, const char *format, ...)
{
    static const char *const prefixes[] = {
        [MUSTER_ERRORS] = "",
        [MUSTER_WARNINGS] = "warning: ",
        [MUSTER_INFOS] = "",
        [MUSTER_DEBUGS] = "debug: ",
    };
    if (!state.on || level > state.level)
        return;
    erase_progress();
    fprintf(stderr, "muster: %s", prefixes[level]);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    draw_progress();
    fflush(stderr);
}

void muster_log_progress(const char *text)
{
    if (!state.on)
        return;
    if (text == NULL)
        erase_progress();
    snprintf(state.progress, sizeof state.progress, "%s", text == NULL ? "" : text);
    draw_progress();
    fflush(stderr);
}
