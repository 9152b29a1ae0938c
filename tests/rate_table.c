/* SPDX-License-Identifier: ISC */
/* Measures what a preset becomes at other rates and multiples: `rate_table BUNDLE MODEL…`. */
#define _GNU_SOURCE

#include "aliasing.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

enum { MULTIPLES = 3, TIMED_BLOCKS = 400, TIMED_FRAMES = 256, BANDS = 9 };

static const double RATES[] = {22050, 32000, 44100, 48000, 88200, 96000, 176400, 192000};
static const float MULTIPLE[MULTIPLES] = {1, 2, 4};
static const double OWN_RATE = 48000;
/** Sines of the response, none of which nearly keeps step with a model's frames at control rate;
 * and what share of a rate a filter can pass. */
static const double HERTZ[BANDS] = {61, 199, 941, 3943, 8803, 12799, 14983, 16979, 17989};
static const double REACH = 0.41;
static const double QUIET = 1e-3; ///< amplitude at which a model is nearly linear

/** Opens the plugin with a model that plays already at a multiple. */
static bool open_model(struct fake_host *host, const char *bundle, const char *model,
                       float multiple)
{
    float silence[TIMED_FRAMES] = {0}, out[TIMED_FRAMES];
    host->worker = WORKER_AT_ONCE;
    if (!host_open(host, XLSTM_MONO_URI, bundle))
        return false;
    host_activate(host);
    host->controls[PORT_OVERSAMPLING] = multiple;
    host_set_path(host, XLSTM_MONO_URI, XLSTM_URI "#model", model);
    for (double left = host->rate / 4; left > 0; left -= TIMED_FRAMES)
        host_run_mono(host, silence, out, TIMED_FRAMES);
    return true;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/** Percent of a core, by the quickest blocks. */
static double cost(struct fake_host *host)
{
    float in[TIMED_FRAMES], out[TIMED_FRAMES];
    double best = 1;
    for (size_t i = 0; i < TIMED_FRAMES; i++)
        in[i] = (float)(0.1 * sin(0.05 * (double)i));
    for (unsigned block = 0; block < TIMED_BLOCKS; block++) {
        const double begin = now();
        host_run_mono(host, in, out, TIMED_FRAMES);
        best = fmin(best, now() - begin);
    }
    return 100 * best * host->rate / TIMED_FRAMES;
}

static double aliasing(const char *bundle, const char *model, float multiple, double hertz,
                       double decibels)
{
    static float answer[SINE_FRAMES];
    struct fake_host host = {.rate = OWN_RATE};
    if (!open_model(&host, bundle, model, multiple))
        return NAN;
    const double frequency = sine_frequency(hertz, OWN_RATE);
    sine_play(&host, frequency, pow(10, decibels / 20), answer);
    host_close(&host);
    return sine_aliasing(answer, frequency, OWN_RATE);
}

static void print_aliasing(const char *bundle, const char *model)
{
    static const double hertz[] = {440, 1046.5, 2093, 4186, 5919.9}, levels[] = {-30, -20, -10, 0};
    printf("aliasing-to-signal ratio at 48 kHz, dB\n%8s %8s %8s %8s %8s\n", "sine", "level", "1x",
           "2x", "4x");
    for (size_t f = 0; f < sizeof hertz / sizeof *hertz; f++)
        for (size_t l = 0; l < sizeof levels / sizeof *levels; l++) {
            printf("%8.0f %8.0f", hertz[f], levels[l]);
            for (size_t m = 0; m < MULTIPLES; m++)
                printf(" %8.1f", aliasing(bundle, model, MULTIPLE[m], hertz[f], levels[l]));
            printf("\n");
        }
}

/** Levels of quiet sines as high as the host's rate lets them be. */
static void respond(struct fake_host *host, double levels[BANDS])
{
    static float answer[SINE_FRAMES];
    for (size_t b = 0; b < BANDS; b++) {
        if (HERTZ[b] > REACH * host->rate)
            continue;
        sine_play(host, HERTZ[b], QUIET, answer);
        levels[b] = sine_level(answer, HERTZ[b], host->rate);
    }
}

static void print_response(const char *bundle, const char *model, double rate, float multiple,
                           const double native[BANDS])
{
    double levels[BANDS] = {0}, worst = 0, at = 0;
    struct fake_host host = {.rate = rate};
    if (!open_model(&host, bundle, model, multiple))
        return;
    respond(&host, levels);
    for (size_t b = 0; b < BANDS; b++)
        if (HERTZ[b] <= REACH * rate && fabs(levels[b] - native[b]) > fabs(worst)) {
            worst = levels[b] - native[b];
            at = HERTZ[b];
        }
    const double latency = (double)host.controls[PORT_LATENCY];
    printf("%8.0f %4.0fx %10.4f dB at %5.0f Hz %6.0f frames %6.2f ms %7.2f %%\n", rate,
           (double)multiple, worst, at, latency, 1000 * latency / rate, cost(&host));
    host_close(&host);
}

static void print_responses(const char *bundle, const char *model)
{
    double native[BANDS] = {0};
    struct fake_host host = {.rate = OWN_RATE};
    if (!open_model(&host, bundle, model, 1))
        return;
    respond(&host, native);
    host_close(&host);
    printf("worst deviation from the response at 48 kHz; latency; share of a core\n");
    for (size_t r = 0; r < sizeof RATES / sizeof *RATES; r++)
        for (size_t m = 0; m < MULTIPLES; m++)
            print_response(bundle, model, RATES[r], MULTIPLE[m], native);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: rate_table BUNDLE MODEL...\n");
        return 1;
    }
    for (int i = 2; i < argc; i++) {
        printf("%s\n", argv[i]);
        print_aliasing(argv[1], argv[i]);
        print_responses(argv[1], argv[i]);
    }
    return 0;
}
