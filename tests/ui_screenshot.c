/* SPDX-License-Identifier: ISC */
/* Makes a picture of the user interface while a model plays:
 *   ui_screenshot UI_LIBRARY BUNDLE MODEL PICTURE.png [SCALE] [X Y]     (X Y: where to click first)
 */
#include "ui_host.h"

#include <cairo.h>
#include <stdio.h>
#include <stdlib.h>

static const double SECONDS = 1.45; /* in the middle of a note */

static int save(struct ui_host *host, const char *path)
{
    unsigned width = 0, height = 0;
    uint32_t *pixels = ui_host_picture(host, &width, &height);
    if (!pixels)
        return 1;
    cairo_surface_t *surface = cairo_image_surface_create_for_data(
        (unsigned char *)pixels, CAIRO_FORMAT_RGB24, (int)width, (int)height, (int)width * 4);
    const cairo_status_t status = cairo_surface_write_to_png(surface, path);
    cairo_surface_destroy(surface);
    free(pixels);
    return status != CAIRO_STATUS_SUCCESS;
}

int main(int count, char **words)
{
    static struct fake_host plugin = {.rate = 48000};
    static struct ui_host host = {.plugin = &plugin, .amplitude = 0.5f, .embed = true};
    if (count < 6) {
        fprintf(stderr,
                "usage: ui_screenshot UI_LIBRARY BUNDLE SCALE PICTURE MODEL [CABINET [X Y]]\n");
        return 2;
    }
    host.scale = atof(words[3]);
    if (!host_open(&plugin, XLSTM_MONO_URI, words[2]))
        return 1;
    host_activate(&plugin);
    host_set_path(&plugin, NULL, XLSTM_URI "#model", words[5]);
    if (count > 6)
        host_set_path(&plugin, NULL, XLSTM_URI "#response", words[6]);
    if (!ui_host_open(&host, words[1], words[2]))
        return 1;
    ui_host_run(&host, SECONDS);
    if (count > 8) {
        ui_host_click(&host, atoi(words[7]), atoi(words[8]));
        ui_host_run(&host, SECONDS);
    }
    const int status = save(&host, words[4]);
    ui_host_close(&host);
    host_close(&plugin);
    return status;
}
