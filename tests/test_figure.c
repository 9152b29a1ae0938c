/* SPDX-License-Identifier: ISC */
/* Pictures: words stay inside, however many there are. */
#include "figure.h"
#include "suite.h"

#include <stdint.h>
#include <string.h>

enum { WIDTH = 400, HEIGHT = 100, WORDS = 120 };

/** The first and the last column of the picture that are not white all the way down. */
static void find_ink(const struct figure *figure, int *first, int *last)
{
    enum { WHITE = 0xffffff };
    cairo_surface_flush(figure->surface);
    const unsigned char *data = cairo_image_surface_get_data(figure->surface);
    const int columns = cairo_image_surface_get_width(figure->surface);
    const int rows = cairo_image_surface_get_height(figure->surface);
    const int stride = cairo_image_surface_get_stride(figure->surface);
    *first = columns;
    *last = -1;
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < columns; x++) {
            uint32_t pixel;
            memcpy(&pixel, data + y * stride + x * (int)sizeof pixel, sizeof pixel);
            if ((pixel & WHITE) == WHITE)
                continue;
            *first = x < *first ? x : *first;
            *last = x > *last ? x : *last;
        }
}

/** Draws words, as a headline or as a note of 300 points, and finds their ink, in points. */
static void draw(const char *headline, const char *note, double *first, double *last)
{
    struct figure figure;
    struct xlstm_error error;
    int from, to;
    CU_ASSERT_TRUE_FATAL(figure_start(&figure, WIDTH, HEIGHT, headline, &error));
    figure_note(&figure, WIDTH / 2.0, HEIGHT / 2.0, 300, note);
    find_ink(&figure, &from, &to);
    const double pixels = (double)cairo_image_surface_get_width(figure.surface) / WIDTH;
    *first = from / pixels;
    *last = to / pixels;
    figure_end(&figure);
}

static void test_long_words_fit(void)
{
    char words[WORDS + 1] = {0};
    double first, last, short_first, short_last;
    memset(words, 'm', WORDS);
    draw("", words, &first, &last);
    CU_ASSERT(first >= 49 && first < 70 && last <= 351 && last > 330);
    draw(words, "", &first, &last);
    CU_ASSERT(first >= 19 && first < 60 && last <= WIDTH - 19 && last > WIDTH - 60);
    draw("", "mm", &short_first, &short_last);
    CU_ASSERT(short_first > 180 && short_last < 220);
}

static const struct test tests[] = {{"long words fit", test_long_words_fit}};

int main(void)
{
    return run_suite("figure", tests, sizeof tests / sizeof *tests);
}
