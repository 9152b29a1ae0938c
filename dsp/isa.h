/* SPDX-License-Identifier: ISC */
/* The compute sources (those that include this header) are compiled once for each instruction set
 * and precision. The build defines XL_ISA, a suffix for every external name, and XL_REAL, the type
 * of all numbers: float in the product, double where tests and gradient checks want the truth. */
#ifndef XL_ISA_H
#define XL_ISA_H

#include <stddef.h>

#define XL_PASTE_(name, isa) name##_##isa
#define XL_PASTE(name, isa) XL_PASTE_(name, isa)

/** The name that this compilation gives to an external function or table. */
#define XL_FN(name) XL_PASTE(name, XL_ISA)

/** The number of all computing here: float, or double in the build for tests. */
typedef XL_REAL real;

#endif
