/* SPDX-License-Identifier: ISC */
/* knob_strip PICTURE.png: draws the knob of ttl/modgui, all its positions side by side, as a web
 * page of a MOD device wants it. */
#include "knob.h"

#include <stdio.h>

enum { STEPS = 65, SIZE = 64, SCALE = 2 };

int main(int count, char **words)
{
    if (count != 2) {
        fprintf(stderr, "usage: knob_strip PICTURE.png\n");
        return 2;
    }
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_ARGB32, STEPS * SIZE * SCALE, SIZE * SCALE);
    cairo_t *cairo = cairo_create(surface);
    cairo_scale(cairo, SCALE, SCALE);
    for (int step = 0; step < STEPS; ++step)
        knob_draw_dial(cairo, step * SIZE + SIZE / 2.0, SIZE / 2.0, SIZE / 2.0 - 4,
                       &(struct knob_look){.position = step / (STEPS - 1.0), .colour = COLOUR_OUT});
    const cairo_status_t status = cairo_surface_write_to_png(surface, words[1]);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    return status != CAIRO_STATUS_SUCCESS;
}
