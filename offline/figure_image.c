/* SPDX-License-Identifier: ISC */
#include "figure.h"

#include "report.h"

#include <math.h>
#include <string.h>

/** Black over violet and orange to pale yellow: brightness grows evenly, so that a print in grey
 *  says the same. */
static uint32_t heat(float shade)
{
    static const unsigned char stops[][3] = {{8, 8, 22},     {38, 15, 84},   {92, 22, 110},
                                             {148, 38, 103}, {204, 66, 72},  {239, 112, 34},
                                             {249, 170, 20}, {242, 222, 90}, {252, 252, 200}};
    enum { LAST = sizeof stops / sizeof *stops - 1 };
    float place = fminf(fmaxf(shade, 0), 1) * LAST;
    int below = place < LAST ? (int)place : LAST - 1;
    float part = place - (float)below;
    uint32_t pixel = 0;
    for (int c = 0; c < 3; c++) {
        float value = (float)stops[below][c] * (1 - part) + (float)stops[below + 1][c] * part;
        pixel = pixel << 8 | (uint32_t)(value + 0.5F);
    }
    return pixel;
}

bool figure_image(struct figure *figure, const struct panel *panel, const float *shades,
                  size_t columns, size_t rows, struct xlstm_error *error)
{
    cairo_surface_t *image =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)columns, (int)rows);
    if (cairo_surface_status(image)) {
        cairo_surface_destroy(image);
        return fail(error, "needs more memory than there is");
    }
    unsigned char *data = cairo_image_surface_get_data(image);
    size_t stride = (size_t)cairo_image_surface_get_stride(image);
    for (size_t row = 0; row < rows; row++) {
        for (size_t column = 0; column < columns; column++) {
            uint32_t pixel = heat(shades[row * columns + column]);
            memcpy(data + row * stride + column * sizeof pixel, &pixel, sizeof pixel);
        }
    }
    cairo_surface_mark_dirty(image);
    figure_clip(figure, panel);
    cairo_translate(figure->cairo, panel->left, panel->top);
    cairo_scale(figure->cairo, panel->width / (double)columns, panel->height / (double)rows);
    cairo_set_source_surface(figure->cairo, image, 0, 0);
    cairo_paint(figure->cairo);
    cairo_restore(figure->cairo);
    cairo_surface_destroy(image);
    return true;
}
