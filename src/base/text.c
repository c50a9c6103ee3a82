/* Growing text, numbers and durations as people write them, and the distance between two words. */
#include "muster/base.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void muster_text_add(struct muster_text *text, const char *format, ...)
{
    if (text->failed)
        return;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0 || muster_grow(&text->data, &text->capacity, text->length + (size_t)length + 1,
                                  1) != MUSTER_OK) {
        text->failed = true;
        return;
    }
    va_start(arguments, format);
    vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
}

void muster_text_free(struct muster_text *text)
{
    muster_free(text->data);
    *text = (struct muster_text){0};
}

const char *muster_number_text(double value, char *out)
{
    if (isnan(value))
        return strcpy(out, "nan");
    if (isinf(value))
        return strcpy(out, value < 0 ? "-inf" : "inf");
    double size = fabs(value);
    int first = 1; /* whole numbers are written out where that is readable: 60, not 6e+01 */
    while (size >= 10 && size < 1e16 && first < 17) {
        size /= 10;
        first++;
    }
    for (int digits = first; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    return out;
}

/* [+-] digits [. digits] [e [+-] digits], with a digit before or behind the point. */
static bool is_decimal(const char *s)
{
    size_t digits = 0;
    s += *s == '+' || *s == '-';
    for (; isdigit((unsigned char)*s); s++)
        digits++;
    if (*s == '.')
        for (s++; isdigit((unsigned char)*s); s++)
            digits++;
    if (digits > 0 && (*s == 'e' || *s == 'E')) {
        s++;
        s += *s == '+' || *s == '-';
        for (digits = 0; isdigit((unsigned char)*s); s++)
            digits++;
    }
    return digits > 0 && *s == '\0';
}

bool muster_number_read(const char *text, double *value)
{
    if (!is_decimal(text))
        return false;
    *value = strtod(text, NULL); /* the program never leaves the C locale */
    return isfinite(*value);
}

/* Two or three fields of digits between colons; the first may be of any size. */
static bool read_clock(const char *text, double *seconds)
{
    double total = 0;
    int fields = 0;
    for (;; text++) {
        char *end = NULL;
        if (!isdigit((unsigned char)*text))
            return false;
        double field = (double)strtoull(text, &end, 10);
        if (fields++ > 0 && field >= 60)
            return false;
        total = 60 * total + field;
        text = end;
        if (*text != ':')
            break;
    }
    *seconds = total;
    return *text == '\0' && fields == 3;
}

bool muster_duration_read(const char *text, double *seconds)
{
    static const struct {
        char unit;
        double seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    if (muster_number_read(text, seconds))
        return *seconds >= 0;
    const char *dash = strchr(text, '-');
    double days = 0;
    if (dash != NULL && strchr(dash, ':') != NULL) {
        char *end = NULL;
        days = isdigit((unsigned char)*text) ? (double)strtoull(text, &end, 10) : -1;
        if (end != dash)
            return false;
        text = dash + 1;
    }
    if (read_clock(text, seconds)) {
        *seconds += 86400 * days;
        return true;
    }
    size_t length = strlen(text);
    char number[32];
    if (dash != NULL || length < 2 || length > sizeof number)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (text[length - 1] == units[i].unit) {
            snprintf(number, sizeof number, "%.*s", (int)length - 1, text);
            bool good = muster_number_read(number, seconds) && *seconds >= 0;
            *seconds *= units[i].seconds;
            return good;
        }
    }
    return false;
}

static const char *const byte_units[2][5] = {{"B", "kB", "MB", "GB", "TB"},
                                             {"B", "KiB", "MiB", "GiB", "TiB"}};
static const double byte_steps[2] = {1000, 1024};

/* What a unit multiplies by; 0: there is none of that name. */
static double bytes_in(const char *unit)
{
    for (size_t k = 0; k < 2; k++) {
        double factor = 1;
        for (size_t u = 0; u < 5; u++, factor *= byte_steps[k])
            if (strcmp(unit, byte_units[k][u]) == 0)
                return factor;
    }
    return 0;
}

bool muster_bytes_read(const char *text, double *bytes)
{
    const size_t digits = strspn(text, "0123456789.+-");
    const char *unit = text + digits + strspn(text + digits, " ");
    char number[32];
    if (muster_number_read(text, bytes))
        return *bytes >= 0;
    if (digits >= sizeof number)
        return false;
    snprintf(number, sizeof number, "%.*s", (int)digits, text);
    bool good = muster_number_read(number, bytes) && *bytes >= 0;
    *bytes *= bytes_in(unit);
    return good && bytes_in(unit) > 0;
}

const char *muster_bytes_text(double bytes, char *out)
{
    size_t u = 0;
    for (; bytes >= 999.95 && u < 4; u++)
        bytes /= 1000;
    snprintf(out, 32, "%.4g %s", bytes, byte_units[0][u]);
    return out;
}

int muster_edit_distance(const char *a, const char *b)
{
    enum { MOST = 64 };
    int rows[3][MOST + 1]; /* the last two rows and the one being made */
    size_t m = strlen(a), n = strlen(b);
    if (m > MOST || n > MOST)
        return (int)(m > n ? m : n);
    int *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= n; j++)
        last[j] = (int)j;
    for (size_t i = 1; i <= m; i++) {
        now[0] = (int)i;
        for (size_t j = 1; j <= n; j++) {
            int best = last[j - 1] + (a[i - 1] != b[j - 1]);
            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
        int *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[n];
}
