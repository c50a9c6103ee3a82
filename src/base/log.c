/* Log lines on standard error, and one progress line below them that is redrawn in place. */
#include "muster/base.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Lines that are remembered at most; others are said again. */
enum { SAID = 256 };

static struct {
    enum muster_level level;
    bool on, once;
    size_t n_said;
    uint32_t said[SAID]; /* checksums of lines */
    char progress[512];  /* "" while there is none */
} state = {.level = MUSTER_WARNINGS, .on = true};

void muster_log_setup(enum muster_level level, bool on)
{
    state.level = level;
    state.on = on;
}

void muster_log_once(bool on)
{
    state.once = on;
    state.n_said = 0;
}

/* True where lines are said once, and this one was. */
static bool was_said(enum muster_level level, const char *format, va_list arguments)
{
    char line[1024];
    if (!state.once)
        return false;
    vsnprintf(line, sizeof line, format, arguments);
    const uint32_t sum = muster_crc32c((uint32_t)level, line, strlen(line));
    for (size_t i = 0; i < state.n_said; i++)
        if (state.said[i] == sum)
            return true;
    if (state.n_said < SAID)
        state.said[state.n_said++] = sum;
    return false;
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
    va_list arguments;
    if (!state.on || level > state.level)
        return;
    va_start(arguments, format);
    const bool again = was_said(level, format, arguments);
    va_end(arguments);
    if (again)
        return;
    erase_progress();
    fprintf(stderr, "muster: %s", prefixes[level]);
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
