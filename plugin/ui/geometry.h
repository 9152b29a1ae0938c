/* SPDX-License-Identifier: ISC */
/* Rectangles, in units of the design. */
#ifndef UI_GEOMETRY_H
#define UI_GEOMETRY_H

#include <stdbool.h>

struct rect {
    double x, y, width, height;
};

static inline bool rect_has(struct rect rect, double x, double y)
{
    return x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height;
}

static inline bool rects_meet(struct rect a, struct rect b)
{
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height &&
           b.y < a.y + a.height;
}

/** What is left of a rectangle without `margin` on all sides. */
static inline struct rect rect_inside(struct rect rect, double margin)
{
    return (struct rect){rect.x + margin, rect.y + margin, rect.width - 2 * margin,
                         rect.height - 2 * margin};
}

static inline double rect_middle_x(struct rect rect)
{
    return rect.x + rect.width / 2;
}

static inline double rect_middle_y(struct rect rect)
{
    return rect.y + rect.height / 2;
}

#endif
