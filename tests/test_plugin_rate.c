/* SPDX-License-Identifier: ISC */
/* Models of one sample rate in hosts of another: pitch, level, delay. */
#include "plugin_files.h"
#include "suite.h"

#include <math.h>
#include <string.h>

enum { FRAMES = 32768, SETTLED = 8192 };

static const double TURN = 6.283185307179586;
static const double HOST_RATES[] = {22050, 32000, 44100, 48000, 88200, 96000, 176400, 192000};

#define RATES (sizeof HOST_RATES / sizeof *HOST_RATES)

/** What became of a sine: level and delay. */
struct response {
    double decibels, frames, residue; ///< residue: of all else, in dB below the sine
};

/** Fits the sine to the settled part of the output under a Hann window. */
static struct response fit(const float *out, double frequency, double rate)
{
    double cosine = 0, sine = 0, weights = 0, rest = 0;
    for (size_t i = SETTLED; i < FRAMES; i++) {
        const double x = (double)(i - SETTLED) / (FRAMES - SETTLED);
        const double weight = 0.5 - 0.5 * cos(TURN * x),
                     phase = TURN * frequency * (double)i / rate;
        cosine += weight * out[i] * cos(phase);
        sine += weight * out[i] * sin(phase);
        weights += weight;
    }
    cosine *= 2 / weights;
    sine *= 2 / weights;
    for (size_t i = SETTLED; i < FRAMES; i++) {
        const double phase = TURN * frequency * (double)i / rate;
        rest += pow(out[i] - cosine * cos(phase) - sine * sin(phase), 2);
    }
    const double level = hypot(cosine, sine);
    return (struct response){20 * log10(level), -atan2(cosine, sine) / TURN / frequency * rate,
                             10 * log10(2 * rest / (FRAMES - SETTLED) / (level * level) + 1e-20)};
}

/** Opens a host at a rate, whose preset has gain 1 and another. */
static void open_at(struct fake_host *host, double host_rate, double model_rate)
{
    CU_ASSERT_TRUE_FATAL(plugin_file_add(DEFAULT_FILE, 1.0f, model_rate));
    host->rate = host_rate;
    CU_ASSERT_TRUE_FATAL(host_start(host));
}

/** Plays a sine in blocks of 100. */
static void play_sine(struct fake_host *host, float *out, double frequency)
{
    float in[100];
    for (size_t done = 0; done < FRAMES; done += 100) {
        const uint32_t count = FRAMES - done < 100 ? (uint32_t)(FRAMES - done) : 100;
        for (uint32_t i = 0; i < count; i++)
            in[i] = (float)sin(TURN * frequency * (double)(done + i) / host->rate);
        host_run_mono(host, in, out + done, count);
    }
}

static struct response measure(double host_rate, double model_rate, double frequency, float mix)
{
    static float out[FRAMES];
    struct fake_host host = {.rate = 0};
    open_at(&host, host_rate, model_rate);
    host.controls[PORT_MIX] = mix;
    play_sine(&host, out, frequency);
    struct response response = fit(out, frequency, host_rate);
    response.frames -= host.controls[PORT_LATENCY];
    response.frames = remainder(response.frames, host_rate / frequency);
    host_close(&host);
    return response;
}

/** The highest frequency that both rates and the promise of 18 kHz reach. */
static double highest(double host_rate, double model_rate)
{
    return fmin(18000, 0.4 * fmin(host_rate, model_rate));
}

static void check_pair(double host_rate, double model_rate)
{
    const double frequencies[] = {1000, highest(host_rate, model_rate)};
    for (size_t i = 0; i < 2; i++) {
        const struct response r = measure(host_rate, model_rate, frequencies[i], 1.0f);
        CU_ASSERT_DOUBLE_EQUAL(r.decibels, 0, 0.1);
        CU_ASSERT_DOUBLE_EQUAL(r.frames, 0, 0.01);
        CU_ASSERT(r.residue < -75);
    }
}

static void any_host_rate_keeps_pitch_level_and_delay(void)
{
    for (size_t i = 0; i < RATES; i++) {
        check_pair(HOST_RATES[i], 48000);
        check_pair(HOST_RATES[i], 44100);
    }
}

static void mix_is_phase_true(void)
{
    for (size_t i = 0; i < RATES; i++) {
        const double top = highest(HOST_RATES[i], 48000);
        CU_ASSERT_DOUBLE_EQUAL(measure(HOST_RATES[i], 48000, top, 0.5f).decibels, 0, 0.1);
    }
}

static float latency_at(double host_rate, double model_rate)
{
    float in[64] = {0}, out[64];
    struct fake_host host = {.rate = 0};
    open_at(&host, host_rate, model_rate);
    host_run_mono(&host, in, out, 64);
    const float latency = host.controls[PORT_LATENCY];
    host_close(&host);
    return latency;
}

static void own_rate_has_no_latency(void)
{
    CU_ASSERT_EQUAL(latency_at(48000, 48000), 0.0f);
    CU_ASSERT_EQUAL(latency_at(44100, 44100), 0.0f);
    for (size_t i = 0; i < RATES; i++)
        if (fmod(HOST_RATES[i], 48000) == 0) {
            CU_ASSERT_EQUAL(latency_at(HOST_RATES[i], 48000), 0.0f);
        } else {
            const double seconds = latency_at(HOST_RATES[i], 48000) / HOST_RATES[i];
            CU_ASSERT(seconds > 0 && seconds < 0.0024);
        }
}

/** Plays noise whole and in blocks. */
static void check_blocks(double host_rate, double model_rate)
{
    static const uint32_t sizes[] = {0, 1, 7, 64, 1, 1, 1023};
    static float in[FRAMES], whole[FRAMES], cut[FRAMES];
    struct fake_host first = {.rate = 0}, second = {.rate = 0};
    open_at(&first, host_rate, model_rate);
    open_at(&second, host_rate, model_rate);
    make_noise(in, FRAMES);
    host_run_mono(&first, in, whole, FRAMES);
    for (uint32_t done = 0, i = 0, size; done < FRAMES; done += size, i++) {
        size = sizes[i % 7] < FRAMES - done ? sizes[i % 7] : FRAMES - done;
        host_run_mono(&second, in + done, cut + done, size);
    }
    CU_ASSERT_EQUAL(memcmp(whole, cut, sizeof whole), 0);
    host_close(&first);
    host_close(&second);
}

static void any_block_gives_the_same_bits(void)
{
    for (size_t i = 0; i < RATES; i++) {
        check_blocks(HOST_RATES[i], 48000);
        check_blocks(HOST_RATES[i], 44100);
        check_blocks(HOST_RATES[i], 37123);
    }
}

static void bypass_is_late_by_the_reported_latency(void)
{
    static float in[FRAMES], out[FRAMES];
    struct fake_host host = {.rate = 0};
    open_at(&host, 44100, 48000);
    host.controls[PORT_ENABLED] = 0;
    make_noise(in, FRAMES);
    host_run_mono(&host, in, out, FRAMES);
    const size_t late = (size_t)host.controls[PORT_LATENCY];
    CU_ASSERT_EQUAL(memcmp(out + late, in, (FRAMES - late) * sizeof *in), 0);
    for (size_t i = 0; i < late; i++)
        CU_ASSERT_EQUAL(out[i], 0.0f);
    host_close(&host);
}

static void absurd_rates_are_refused_in_words(void)
{
    struct fake_host host = {.rate = 0};
    open_at(&host, 48000, 1000);
    CU_ASSERT(gain_error(&host, 1.0f, 64) == 0.0f);
    CU_ASSERT_PTR_NOT_NULL(strstr(host.log, "1000 Hz"));
    host_close(&host);
}

static const struct test tests[] = {
    {"any host rate keeps pitch, level and delay", any_host_rate_keeps_pitch_level_and_delay},
    {"mix is phase-true", mix_is_phase_true},
    {"the model's own rate and its multiples have no latency", own_rate_has_no_latency},
    {"any block length gives the same bits", any_block_gives_the_same_bits},
    {"bypass is late by the reported latency", bypass_is_late_by_the_reported_latency},
    {"absurd rates are refused in words", absurd_rates_are_refused_in_words},
};

int main(void)
{
    if (!plugin_files_make())
        return 1;
    const int status = run_suite("plugin: rate", tests, sizeof tests / sizeof *tests);
    plugin_files_remove();
    return status;
}
