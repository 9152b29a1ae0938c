/* SPDX-License-Identifier: ISC */
#include "recording_burst.h"

#include "decibel.h"
#include "recording_bands.h"
#include "recording_signal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PASSES = 3,         /* of fitting, each without the windows that stood out in the one before */
    NOW_AND_BEFORE = 3, /* windows whose octaves foretell one: this and two earlier ones, */
    MEANS = 3,          /* the mean level for a while, */
    SQUARES = BANDS,    /* and a curve for each octave */
    FEATURES = NOW_AND_BEFORE * BANDS + MEANS + SQUARES + 1, /* the last is a constant */
    FEWEST_EACH = 5,                                         /* windows for each feature */
    ABRUPT = 2, /* windows before that have nothing in common with one */
};

/** Windows from the one foretold to those before, and over which levels are averaged. */
static const size_t before[NOW_AND_BEFORE] = {0, 2, 5};
static const double mean_windows[MEANS] = {5, 20, 60};

/** A window is in excess if an octave is so much louder than foretold and not quieter than this
 *  below all of the wet sound, dB. Clean devices reach 14.5, and 21 in a tone that dies away
 * through a fuzz; full-scale noise is 24 above a fuzz and 33 to 62 above others. */
static const double excess = 20, loud = -10;

/** In the window before it begins it is less than this, dB, which dying tones are not. */
static const double abrupt_below = 10;

/** Windows that stand out by this are not fitted, dB. */
static const double stands_out = 12;

/** Levels are not told apart below this: of the wet sound's mean and the dry one's loudest, dB. */
static const double wet_floor = -50, dry_floor = -75;

/** More windows in excess than this share are no accident but the device. */
static const double most_share = 0.05;

/** Keeps the squares of levels as large as the levels. */
static const double square_scale = 1.0 / 50;

/** Of the features' energy, which keeps the solution from what they hardly tell. */
static const double ridge = 1e-5;

struct study {
    size_t windows;
    double *dry;         ///< powers by window and band
    double *wet;         ///< the same, then levels over the mean, dB
    double *features;    ///< by window
    double *residuals;   ///< dB above what is foretold, by window and band
    bool *told, *fitted; ///< windows that are looked at, and fitted
};

static bool open_study(struct study *s, const struct recording *r)
{
    s->windows = bands_windows(r->frames);
    s->dry = bands_measure(r->dry, s->windows, r->rate);
    s->wet = bands_measure(r->wet, s->windows, r->rate);
    s->features = calloc(s->windows * FEATURES + 1, sizeof *s->features);
    s->residuals = calloc(s->windows * BANDS + 1, sizeof *s->residuals);
    s->told = calloc(s->windows + 1, sizeof *s->told);
    s->fitted = calloc(s->windows + 1, sizeof *s->fitted);
    return s->dry && s->wet && s->features && s->residuals && s->told && s->fitted;
}

static void close_study(struct study *s)
{
    free(s->dry);
    free(s->wet);
    free(s->features);
    free(s->residuals);
    free(s->told);
    free(s->fitted);
}

/** Tells or silences the windows that have frames in common with a span. */
static void mark(struct study *s, const struct recording_span *span, bool told)
{
    const size_t first = span->first < BANDS_WINDOW ? 0 : span->first / BANDS_HOP - 1;
    for (size_t i = first; i < s->windows && i * BANDS_HOP < span->last; i++)
        s->told[i] = told;
}

static void choose_windows(struct study *s, const struct recording *r, const struct span_list *bad)
{
    const struct signal_layout *layout = &r->signal.layout;
    const struct recording_span all = {0, r->frames};
    if (!r->test_signal)
        mark(s, &all, true);
    for (size_t i = 0; r->test_signal && i < layout->count; i++)
        if (layout->sections[i].kind == SIGNAL_STRINGS) {
            const struct recording_span place = recording_section(r, &layout->sections[i]);
            mark(s, &place, true);
        }
    for (size_t i = 0; i < bad->count; i++)
        mark(s, &bad->spans[i], false);
}

static double total(const double powers[BANDS])
{
    double sum = 0;
    for (size_t band = 0; band < BANDS; band++)
        sum += powers[band];
    return sum;
}

static double level(double power, double floor)
{
    return decibels_of_power(power + floor + DBL_MIN);
}

/** Makes the features of all windows. */
static void describe_dry(struct study *s)
{
    double most = 0, means[MEANS] = {0};
    for (size_t i = 0; i < s->windows; i++)
        most = fmax(most, total(s->dry + i * BANDS));
    const double floor = most * power_of_decibels(dry_floor);
    for (size_t i = 0; i < s->windows; i++) {
        double *feature = s->features + i * FEATURES;
        for (size_t k = 0; k < NOW_AND_BEFORE; k++)
            for (size_t band = 0; band < BANDS; band++)
                *feature++ =
                    level(s->dry[(i < before[k] ? 0 : i - before[k]) * BANDS + band], floor);
        for (size_t k = 0; k < MEANS; k++) {
            means[k] += (total(s->dry + i * BANDS) - means[k]) / mean_windows[k];
            *feature++ = level(means[k], floor);
        }
        for (size_t band = 0; band < BANDS; band++)
            *feature++ = square_scale * pow(level(s->dry[i * BANDS + band], floor), 2);
        *feature = 1;
    }
}

/** The normal equations of a fit, then its coefficients in `right`. */
struct fit {
    double left[FEATURES][FEATURES], right[FEATURES][BANDS];
    size_t count; ///< windows
};

static void gather(const struct study *s, struct fit *fit)
{
    *fit = (struct fit){0};
    for (size_t i = 0; i < s->windows; i++) {
        const double *feature = s->features + i * FEATURES;
        if (!s->fitted[i])
            continue;
        fit->count++;
        for (size_t a = 0; a < FEATURES; a++) {
            for (size_t b = 0; b <= a; b++)
                fit->left[a][b] += feature[a] * feature[b];
            for (size_t band = 0; band < BANDS; band++)
                fit->right[a][band] += feature[a] * s->wet[i * BANDS + band];
        }
    }
    for (size_t a = 0; a < FEATURES; a++)
        fit->left[a][a] += ridge * (double)fit->count;
}

/** Cholesky's decomposition of the left side, in place. */
static void decompose(struct fit *fit)
{
    for (size_t a = 0; a < FEATURES; a++)
        for (size_t b = 0; b <= a; b++) {
            double sum = fit->left[a][b];
            for (size_t k = 0; k < b; k++)
                sum -= fit->left[a][k] * fit->left[b][k];
            fit->left[a][b] = a == b ? sqrt(fmax(sum, DBL_MIN)) : sum / fit->left[b][b];
        }
}

static void solve(struct fit *fit)
{
    decompose(fit);
    for (size_t band = 0; band < BANDS; band++) {
        for (size_t a = 0; a < FEATURES; a++) {
            for (size_t k = 0; k < a; k++)
                fit->right[a][band] -= fit->left[a][k] * fit->right[k][band];
            fit->right[a][band] /= fit->left[a][a];
        }
        for (size_t a = FEATURES; a-- > 0;) {
            for (size_t k = a + 1; k < FEATURES; k++)
                fit->right[a][band] -= fit->left[k][a] * fit->right[k][band];
            fit->right[a][band] /= fit->left[a][a];
        }
    }
}

static bool exceeds(const struct study *s, size_t window, size_t band, double least)
{
    return s->residuals[window * BANDS + band] > least && s->wet[window * BANDS + band] > loud;
}

/** Compares the windows with what the fit foretells, and chooses those of the next fit. */
static void compare(struct study *s, const struct fit *fit)
{
    for (size_t i = 0; i < s->windows; i++) {
        s->fitted[i] = s->told[i];
        for (size_t band = 0; band < BANDS; band++) {
            double *residual = &s->residuals[i * BANDS + band];
            *residual = s->wet[i * BANDS + band];
            for (size_t a = 0; a < FEATURES; a++)
                *residual -= s->features[i * FEATURES + a] * fit->right[a][band];
            if (exceeds(s, i, band, stands_out))
                s->fitted[i] = false;
        }
    }
}

/** Makes levels of the wet sound's powers. False: there is too little of it. */
static bool describe_wet(struct study *s)
{
    size_t count = 0;
    double sum = 0;
    for (size_t i = 0; i < s->windows; i++) {
        sum += s->told[i] ? total(s->wet + i * BANDS) : 0;
        count += s->told[i];
    }
    const double mean = sum / (double)count;
    for (size_t i = 0; i < s->windows * BANDS; i++)
        s->wet[i] = level(s->wet[i] / mean, power_of_decibels(wet_floor));
    return count >= FEWEST_EACH * FEATURES && mean > 0;
}

/** Fits what the dry sound foretells of the wet one, and compares. */
static void foretell(struct study *s, struct fit *fit)
{
    memcpy(s->fitted, s->told, s->windows * sizeof *s->told);
    for (int pass = 0; pass < PASSES; pass++) {
        gather(s, fit);
        solve(fit);
        compare(s, fit);
    }
}

/** Whether a burst begins in an octave of a window: it is there in the next one too. */
static bool begins(const struct study *s, size_t window, size_t band)
{
    return window >= ABRUPT && exceeds(s, window, band, excess) &&
           exceeds(s, window + 1, band, excess) &&
           s->residuals[(window - ABRUPT) * BANDS + band] < abrupt_below;
}

/** Adds the bursts; `*count` windows in all. */
static bool collect(const struct study *s, struct span_list *bursts, size_t *count)
{
    for (size_t band = 0; band < BANDS; band++)
        for (size_t i = 0; i + 1 < s->windows; i++) {
            if (!s->told[i] || !begins(s, i, band))
                continue;
            const size_t first = i;
            while (i < s->windows && s->told[i] && exceeds(s, i, band, excess))
                i++;
            *count += i - first;
            if (!spans_add(bursts, first * BANDS_HOP, (i - 1) * BANDS_HOP + BANDS_WINDOW))
                return false;
        }
    spans_join(bursts, BANDS_WINDOW);
    return true;
}

bool recording_find_bursts(const struct recording *r, const struct span_list *bad,
                           struct span_list *bursts)
{
    struct study s = {0};
    struct fit *fit = malloc(sizeof *fit);
    size_t count = 0;
    bool good = open_study(&s, r) && fit;
    if (good) {
        choose_windows(&s, r, bad);
        if (describe_wet(&s)) {
            describe_dry(&s);
            foretell(&s, fit);
            good = collect(&s, bursts, &count);
        }
    }
    if ((double)count > most_share * BANDS * (double)s.windows)
        spans_free(bursts);
    close_study(&s);
    free(fit);
    return good;
}
