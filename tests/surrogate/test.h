/* What every test of surrogate and search includes. */
#ifndef MUSTER_TEST_SURROGATE_H
#define MUSTER_TEST_SURROGATE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#endif
