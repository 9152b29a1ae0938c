/* SPDX-License-Identifier: ISC */
#include "train_picture.h"

#include "figure.h"
#include "report.h"
#include "train_picture_panels.h"

/* Layout, in points */
#define WIDTH 1000.0
#define HEIGHT 850.0
#define LEFT 62.0
#define FULL_WIDTH 915.0
#define HALF_WIDTH 415.0
#define ERRORS 49.0
#define NETWORK 65.0
#define FIRST_ROW 92.0
#define WAVE_HEIGHT 150.0
#define ROW_HEIGHT 210.0
#define ROW_GAP 70.0

static bool draw(struct figure *figure, const struct train_picture *p,
                 const struct answer_sound *sound, const struct answer_tones *tones)
{
    const double right = LEFT + FULL_WIDTH - HALF_WIDTH;
    const double second = FIRST_ROW + WAVE_HEIGHT + ROW_GAP, third = second + ROW_HEIGHT + ROW_GAP;
    figure_note(figure, WIDTH / 2, ERRORS, FULL_WIDTH, p->errors);
    figure_note(figure, WIDTH / 2, NETWORK, FULL_WIDTH, p->network);
    panel_waveform(figure, (struct place){LEFT, FIRST_ROW, FULL_WIDTH, WAVE_HEIGHT}, sound,
                   p->rate);
    panel_detail(figure, (struct place){LEFT, second, HALF_WIDTH, ROW_HEIGHT}, sound, p->rate);
    panel_learning(figure, (struct place){right, second, HALF_WIDTH, ROW_HEIGHT}, p->result);
    panel_harmonics(figure, (struct place){right, third, HALF_WIDTH, ROW_HEIGHT}, tones);
    return panel_spectra(figure, (struct place){LEFT, third, HALF_WIDTH, ROW_HEIGHT}, sound,
                         p->rate);
}

bool train_picture_write(const struct train_picture *p, const char *path, struct xlstm_error *error)
{
    struct answer_sound sound;
    struct answer_tones tones;
    struct figure figure;
    if (!answer_sound_make(&sound, p->model, &p->held_out))
        return fail(error, "needs more memory than there is");
    bool good = answer_tones_make(&tones, p->model, p->rate, &p->recordings, &p->held_out) ||
                fail(error, "needs more memory than there is");
    if (good && (good = figure_start(&figure, WIDTH, HEIGHT, p->title, error))) {
        good = draw(&figure, p, &sound, &tones) || fail(error, "needs more memory than there is");
        good = good && figure_write(&figure, path, error);
        figure_end(&figure);
    }
    answer_sound_free(&sound);
    return good;
}
