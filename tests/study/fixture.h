/* fixture: a small catalog, much like the program's, for the tests of the study room. */
#ifndef STUDY_FIXTURE_H
#define STUDY_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "muster/study.h"

extern const struct muster_catalog fixture_catalog;
extern const char fixture_example[]; /* the study that the file format is explained with */

/* Parses text as `s.yaml`; fails the test where that fails. */
struct muster_study *fixture_parse(const char *text);
struct muster_study *fixture_parse_sets(const char *text, const char *const *sets, size_t n);

/* Parameter by name; fails the test where there is none. */
const struct muster_param *fixture_param(const struct muster_study *study, const char *name);
size_t fixture_index(const struct muster_study *study, const char *name);

#endif
