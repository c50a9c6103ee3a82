/* Clocks and naps. */
#include "muster/base.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double muster_clock(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

double muster_wall(void)
{
    return seconds_of(CLOCK_REALTIME);
}

double muster_cpu(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

void muster_nap(double seconds)
{
    if (seconds <= 0)
        return;
    double whole = floor(seconds);
    struct timespec span = {.tv_sec = (time_t)whole, .tv_nsec = (long)((seconds - whole) * 1e9)};
    nanosleep(&span, NULL);
}

void muster_iso8601(double wall, char *out)
{
    time_t when = (time_t)floor(wall);
    struct tm parts;
    gmtime_r(&when, &parts);
    strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
}
