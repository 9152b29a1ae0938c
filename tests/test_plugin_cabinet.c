/* SPDX-License-Identifier: ISC */
/* The cabinet: convolution, files, and what may go wrong with them. */
#include "clicks.h"
#include "convolver.h"
#include "plugin_files.h"
#include "response.h"
#include "suite.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 12000, TAPS = 3000, RATE = 48000 };

#define MINE "mine.wav"
#define ABOUT_PROPERTY XLSTM_URI "#responseInfo"

static const double TURN = 6.283185307179586;
static float in[FRAMES], out[FRAMES], taps[4 * RATE];

/** The greatest difference of `got` from the direct convolution in double, over its peak, in dB. */
static double error_of(const float *response, int count, const float *got)
{
    double worst = 0, peak = 0;
    for (int i = 0; i < FRAMES; i++) {
        double sum = 0;
        for (int k = 0; k < count && k <= i; k++)
            sum += (double)response[k] * (double)in[i - k];
        worst = fmax(worst, fabs(sum - (double)got[i]));
        peak = fmax(peak, fabs(sum));
    }
    return 20 * log10(worst / peak + 1e-20);
}

/* Convolution */

/** Runs the noise in blocks of sizes[0], sizes[1], …; in place. */
static void convolve(struct convolver *convolver, const uint32_t *sizes, size_t count)
{
    memcpy(out, in, sizeof out);
    for (uint32_t done = 0, i = 0, size; done < FRAMES; done += size, i++) {
        size = sizes[i % count] < FRAMES - done ? sizes[i % count] : FRAMES - done;
        convolver_run(convolver, out + done, out + done, size);
    }
}

static void convolution_is_that_of_the_book(void)
{
    static const int lengths[] = {1, 7, 127, 128, 129, 256, 257, 3000, 11000};
    static const uint32_t sizes[] = {1, 64, 7, 128, 0, 300, 1023};
    static float whole[FRAMES];
    make_noise(in, FRAMES);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        make_response(taps, lengths[i], 9);
        struct convolver *convolver = convolver_new(taps, (uint32_t)lengths[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(convolver);
        convolve(convolver, &(const uint32_t){FRAMES}, 1);
        memcpy(whole, out, sizeof out);
        CU_ASSERT(error_of(taps, lengths[i], out) < -120);
        convolver_reset(convolver); /* nothing of the past, and cutting changes no bit */
        convolve(convolver, sizes, sizeof sizes / sizeof *sizes);
        CU_ASSERT_EQUAL(memcmp(out, whole, sizeof out), 0);
        convolver_free(convolver);
    }
}

/** What the workers of many instances do at the same time. */
static void *make_and_free(void *data)
{
    (void)data;
    enum { SHORT = 300, TIMES = 2000 }; /* planners that meet unguarded crash in most such runs */
    float response[SHORT], sound[256];
    make_response(response, SHORT, 5);
    for (int i = 0; i < TIMES; i++) {
        struct convolver *convolver = convolver_new(response, SHORT);
        memset(sound, 0, sizeof sound);
        if (!convolver)
            return data;
        convolver_run(convolver, sound, sound, 256);
        convolver_free(convolver);
    }
    return NULL;
}

static void many_are_made_at_once(void)
{
    enum { THREADS = 6 };
    pthread_t threads[THREADS];
    void *failed = NULL;
    for (int i = 0; i < THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, make_and_free, threads), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &failed);
        CU_ASSERT_PTR_NULL(failed);
    }
}

static void first_frame_is_heard_at_once(void)
{
    make_response(taps, TAPS, 9);
    struct convolver *convolver = convolver_new(taps, TAPS);
    float impulse = 1;
    convolver_run(convolver, &impulse, &impulse, 1);
    CU_ASSERT_EQUAL(impulse, taps[0]);
    convolver_free(convolver);
}

/* Files */

/** Squared gain of taps at a frequency. */
static double power(const float *response, uint32_t count, double frequency, double rate)
{
    double re = 0, im = 0;
    for (uint32_t i = 0; i < count; i++) {
        re += response[i] * cos(TURN * frequency / rate * i);
        im += response[i] * sin(TURN * frequency / rate * i);
    }
    return re * re + im * im;
}

/** What pink noise between 80 Hz and 5 kHz gains, in dB; at other points than the code's. */
static double pink_gain(const float *response, uint32_t count, double rate)
{
    double sum = 0;
    for (int i = 0; i < 150; i++)
        sum += power(response, count, 80 * pow(5000.0 / 80.0, (i + 0.5) / 150), rate) / 150;
    return 10 * log10(sum);
}

/** Reads a file that must be good. */
static struct response read_good(const char *name, double rate)
{
    struct response response;
    struct xlstm_error error = {""};
    CU_ASSERT_TRUE_FATAL(response_read(&response, plugin_file(name), rate, &error));
    return response;
}

static void all_responses_are_as_loud(void)
{
    static const double rates[] = {22050, 44100, 48000, 192000};
    for (size_t i = 0; i < 4; i++) {
        struct response response = read_good(i % 2 ? CAB_FILE : OTHER_CAB_FILE, rates[i]);
        CU_ASSERT_DOUBLE_EQUAL(pink_gain(response.taps[0], response.count, rates[i]), 0, 0.2);
        response_clear(&response);
    }
}

static void any_rate_keeps_the_frequency_response(void)
{
    static const double rates[] = {22050, 44100, 88200, 96000, 192000};
    struct response native = read_good(CAB_FILE, RATE);
    for (size_t i = 0; i < 5; i++) {
        struct response other = read_good(CAB_FILE, rates[i]);
        for (double frequency = 100; frequency < 0.4 * rates[i] && frequency < 18000;
             frequency *= 1.7) {
            const double ratio = power(other.taps[0], other.count, frequency, rates[i]) /
                                 power(native.taps[0], native.count, frequency, RATE);
            CU_ASSERT_DOUBLE_EQUAL(10 * log10(ratio), 0, 0.1);
        }
        response_clear(&other);
    }
    response_clear(&native);
}

static void what_is_longer_than_a_second_is_cut(void)
{
    memset(taps, 0, sizeof taps);
    taps[0] = 1;
    taps[RATE - 1000] = 0.5f;
    taps[RATE + 1000] = 0.5f;
    CU_ASSERT_TRUE_FATAL(plugin_response_add(MINE, taps, 2 * RATE, 1, RATE));
    struct response response = read_good(MINE, RATE);
    CU_ASSERT_TRUE(response.cut);
    CU_ASSERT_DOUBLE_EQUAL(response.seconds, 2, 1e-9);
    CU_ASSERT_EQUAL(response.count, RATE - 1000 + 1);
    CU_ASSERT_DOUBLE_EQUAL(response.taps[0][RATE - 1000] / response.taps[0][0], 0.5, 1e-6);
    response_clear(&response);
    remove(plugin_file(MINE));
}

/** The sentence that refuses a file. */
static const char *refusal(const char *name)
{
    static struct xlstm_error error;
    struct response response;
    error.text[0] = '\0';
    CU_ASSERT_FALSE(response_read(&response, plugin_file(name), RATE, &error));
    CU_ASSERT_PTR_NULL(response.taps[0]);
    return error.text;
}

static void senseless_files_are_refused_in_words(void)
{
    CU_ASSERT_PTR_NOT_NULL(strstr(refusal(NO_FILE), "No such file"));
    CU_ASSERT_PTR_NOT_NULL(strstr(refusal(BROKEN_FILE), "no sound file"));
    CU_ASSERT_PTR_NOT_NULL(strstr(refusal(""), "plain file"));
    memset(taps, 0, sizeof taps);
    plugin_response_add(MINE, taps, TAPS, 1, RATE);
    CU_ASSERT_PTR_NOT_NULL(strstr(refusal(MINE), "silent"));
    plugin_response_add(MINE, taps, 0, 1, RATE);
    CU_ASSERT_PTR_NOT_NULL(strstr(refusal(MINE), "no sound"));
    plugin_response_add(MINE, taps, TAPS, 3, RATE);
    CU_ASSERT_PTR_NOT_NULL(strstr(refusal(MINE), "3 channels"));
    plugin_response_add(MINE, taps, TAPS, 1, 100);
    CU_ASSERT_PTR_NOT_NULL(strstr(refusal(MINE), "100 Hz"));
    taps[TAPS / 2] = NAN;
    plugin_response_add(MINE, taps, TAPS, 1, RATE);
    CU_ASSERT_PTR_NOT_NULL(strstr(refusal(MINE), "no sound"));
    remove(plugin_file(MINE));
}

/* In the plugin */

static void choose(struct fake_host *host, const char *name)
{
    host_set_path(host, NULL, RESPONSE_PROPERTY, name[0] ? plugin_file(name) : "");
}

/** Opens a host, whose model has gain DEFAULT_GAIN, with a cabinet that has settled. */
static void open_with(struct fake_host *host, const char *name)
{
    CU_ASSERT_TRUE_FATAL(host_start(host));
    choose(host, name);
    gain_error(host, 0, 64);
    host_work(host);
    memset(out, 0, sizeof out);
    host_run_mono(host, out, out, FRAMES);
    CU_ASSERT_STRING_EQUAL(host_was_set(host, RESPONSE_PROPERTY), plugin_file(name));
}

static void response_is_heard_exactly_and_at_once(void)
{
    struct fake_host host = {.rate = RATE};
    struct response response = read_good(CAB_FILE, RATE);
    open_with(&host, CAB_FILE);
    CU_ASSERT_STRING_EQUAL(host_was_put(&host, ABOUT_PROPERTY), "62 ms, mono");
    make_noise(in, FRAMES);
    host_run_mono(&host, in, out, FRAMES);
    for (uint32_t i = 0; i < response.count; i++)
        response.taps[0][i] *= DEFAULT_GAIN;
    CU_ASSERT(error_of(response.taps[0], (int)response.count, out) < -120);
    CU_ASSERT_EQUAL(host.controls[PORT_LATENCY], 0.0f);
    response_clear(&response);
    host_close(&host);
}

static void switched_off_it_is_not_there(void)
{
    struct fake_host host = {.rate = RATE};
    open_with(&host, CAB_FILE);
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, 64) > 0.1f);
    host.controls[PORT_CABINET] = 0;
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, 4096) == 0.0f);
    host.controls[PORT_CABINET] = 1;
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, 64) > 0.1f);
    host_close(&host);
}

static void empty_path_takes_it_away(void)
{
    struct fake_host host = {.rate = RATE};
    open_with(&host, CAB_FILE);
    choose(&host, "");
    gain_error(&host, 0, 64);
    host_work(&host);
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT_STRING_EQUAL(host_was_set(&host, RESPONSE_PROPERTY), "");
    CU_ASSERT_STRING_EQUAL(host_was_put(&host, ABOUT_PROPERTY), "");
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, 4096) == 0.0f);
    host_close(&host);
}

static void newest_is_taken_in_bypass_too(void)
{
    struct fake_host host = {.worker = WORKER_AT_ONCE, .rate = RATE};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host.controls[PORT_ENABLED] = 0;
    gain_error(&host, 0, FADE_FRAMES);
    for (int i = 0; i < 3; i++) {
        choose(&host, i % 2 ? CAB_FILE : OTHER_CAB_FILE);
        gain_error(&host, 0, 64);
        CU_ASSERT_PTR_NOT_NULL_FATAL(host_was_set(&host, RESPONSE_PROPERTY));
        CU_ASSERT_STRING_EQUAL(host_was_set(&host, RESPONSE_PROPERTY),
                               plugin_file(i % 2 ? CAB_FILE : OTHER_CAB_FILE));
    }
    host_close(&host);
}

static void broken_file_changes_nothing(void)
{
    struct fake_host host = {.rate = RATE}, twin = {.rate = RATE};
    static float other[FRAMES];
    open_with(&host, CAB_FILE);
    open_with(&twin, CAB_FILE);
    make_noise(in, FRAMES);
    choose(&host, BROKEN_FILE);
    host_run_mono(&host, in, out, 64);
    host_work(&host);
    CU_ASSERT_EQUAL(host.log_lines, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(host.log, BROKEN_FILE));
    host_run_mono(&host, in + 64, out + 64, FRAMES - 64);
    host_run_mono(&twin, in, other, FRAMES);
    CU_ASSERT_EQUAL(memcmp(out, other, sizeof out), 0);
    CU_ASSERT_STRING_EQUAL(host_was_set(&host, RESPONSE_PROPERTY), plugin_file(CAB_FILE));
    CU_ASSERT_PTR_NOT_NULL(strstr(host_was_put(&host, STATUS_PROPERTY), BROKEN_FILE));
    choose(&host, OTHER_CAB_FILE);
    gain_error(&host, 0, 64);
    host_work(&host);
    gain_error(&host, 0, 64);
    CU_ASSERT_STRING_EQUAL(host_was_put(&host, STATUS_PROPERTY), "");
    host_close(&host);
    host_close(&twin);
}

/** Two taps, the left and the right; pink noise gains nothing from the pair of them. */
static void add_stereo(void)
{
    const float frames[] = {0.8f, 0, 0, 0.8f}; /* left at once, right a frame later */
    CU_ASSERT_TRUE_FATAL(plugin_response_add(MINE, frames, 2, 2, RATE));
}

static void stereo_response_has_two_sides(void)
{
    static float right[FRAMES], left_out[FRAMES], right_out[FRAMES];
    struct fake_host host = {.rate = RATE, .worker = WORKER_AT_ONCE}, mono = {.rate = RATE};
    add_stereo();
    CU_ASSERT_TRUE_FATAL(host_open(&host, XLSTM_STEREO_URI, plugin_file("")));
    host_activate(&host);
    choose(&host, MINE);
    make_noise(in, FRAMES);
    make_noise(right, FRAMES);
    const float *const ins[] = {in, right};
    float *const outs[] = {left_out, right_out};
    host_run(&host, ins, outs, FRAMES);
    for (int i = 2 * FADE_FRAMES; i < FRAMES; i++) {
        CU_ASSERT_FATAL(fabsf(left_out[i] - DEFAULT_GAIN * in[i]) < 1e-5f);
        CU_ASSERT_FATAL(fabsf(right_out[i] - DEFAULT_GAIN * right[i - 1]) < 1e-5f);
    }
    choose(&host, CAB_FILE); /* mono: the same on both */
    host_run(&host, ins, outs, FRAMES);
    host_run(&host, (const float *const[]){in, in}, outs, FRAMES);
    CU_ASSERT(memcmp(left_out + FRAMES / 2, right_out + FRAMES / 2, FRAMES / 2 * sizeof *out) == 0);
    open_with(&mono, MINE);
    CU_ASSERT(gain_error(&mono, DEFAULT_GAIN, 4096) < 1e-5f);
    host_get(&mono, NULL);
    gain_error(&mono, 0, 64);
    CU_ASSERT_PTR_NOT_NULL(strstr(host_was_put(&mono, ABOUT_PROPERTY), "the left"));
    host_close(&host);
    host_close(&mono);
    remove(plugin_file(MINE));
}

/** A first-order low-pass in a file: a sound that a low sine hardly differs from. */
static void add_low_pass(const char *name, float pole)
{
    for (int i = 0; i < TAPS; i++)
        taps[i] = powf(pole, (float)i);
    CU_ASSERT_TRUE_FATAL(plugin_response_add(name, taps, TAPS, 1, RATE));
}

static void thousand_switches_give_no_click(void)
{
    enum { SWITCHES = 1000, BLOCK = 480, BLOCKS_EACH = 5 };
    static const char *const names[] = {"a.wav", "b.wav", BROKEN_FILE, ""};
    struct fake_host host = {.rate = RATE};
    struct clicks clicks = {.skip = 2}; /* the sine sets out from silence */
    float loudest = 0;
    uint32_t random = 7;
    add_low_pass("a.wav", 0.5f);
    add_low_pass("b.wav", 0.98f);
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    for (int block = 0; block < SWITCHES * BLOCKS_EACH; block++) {
        float sine[BLOCK], heard[BLOCK];
        for (int i = 0; i < BLOCK; i++)
            sine[i] = 0.5f * sinf(6.2831853f * (float)i / BLOCK);
        random = random * 1664525u + 1013904223u;
        if (block % BLOCKS_EACH == 0)
            choose(&host, names[random >> 30]);
        host.controls[PORT_CABINET] = random % 1000 < 900;
        host_run_mono(&host, sine, heard, BLOCK);
        if (random >> 20 & 1)
            host_work(&host);
        clicks_hear(&clicks, heard, BLOCK);
        loudest = fmaxf(loudest, clicks.peak);
    }
    CU_ASSERT(loudest > 0.3f);       /* a low-pass that leaves more of 100 Hz than of 5 kHz */
    CU_ASSERT(clicks.worst < 1e-3f); /* a jump would be 0.1 */
    host_close(&host);
    remove(plugin_file("a.wav"));
    remove(plugin_file("b.wav"));
}

static void any_block_length_gives_the_same_bits(void)
{
    static const uint32_t sizes[] = {0, 1, 7, 64, 300, 1023};
    static float whole[FRAMES];
    struct fake_host first = {.rate = RATE}, second = {.rate = RATE};
    open_with(&first, CAB_FILE);
    open_with(&second, CAB_FILE);
    make_noise(in, FRAMES);
    host_run_mono(&first, in, whole, FRAMES);
    memcpy(out, in, sizeof out);
    for (uint32_t done = 0, i = 0, size; done < FRAMES; done += size, i++) {
        size = sizes[i % 6] < FRAMES - done ? sizes[i % 6] : FRAMES - done;
        host_run_mono(&second, out + done, out + done, size);
    }
    CU_ASSERT_EQUAL(memcmp(out, whole, sizeof out), 0);
    host_close(&first);
    host_close(&second);
}

static void activation_and_bypass_forget_the_tail(void)
{
    struct fake_host host = {.rate = RATE};
    open_with(&host, CAB_FILE);
    gain_error(&host, 0, 4096);
    host.descriptor->deactivate(host.instance);
    host_activate(&host);
    CU_ASSERT(gain_error(&host, 0, 1) < 1.0f);
    memset(in, 0, sizeof in);
    host.descriptor->deactivate(host.instance);
    host_activate(&host);
    host_run_mono(&host, in, out, FRAMES);
    for (int i = 0; i < FRAMES; i++)
        CU_ASSERT_FATAL(out[i] == 0.0f);
    gain_error(&host, 0, 4096);
    host.controls[PORT_ENABLED] = 0;
    gain_error(&host, 0, FADE_FRAMES);
    gain_error(&host, 0, 4096);
    host.controls[PORT_ENABLED] = 1;
    host_run_mono(&host, in, out, FRAMES);
    for (int i = 0; i < FRAMES; i++)
        CU_ASSERT_FATAL(out[i] == 0.0f);
    host_close(&host);
}

static void many_instances_have_each_their_own(void)
{
    enum { INSTANCES = 12 };
    static struct fake_host hosts[INSTANCES];
    static float each[2][FRAMES];
    for (int i = 0; i < INSTANCES; i++) {
        hosts[i].rate = RATE;
        open_with(&hosts[i], i % 2 ? CAB_FILE : OTHER_CAB_FILE);
    }
    make_noise(in, FRAMES);
    for (int i = 0; i < INSTANCES; i++) {
        host_run_mono(&hosts[i], in, out, FRAMES);
        if (i < 2)
            memcpy(each[i], out, sizeof out);
        CU_ASSERT_EQUAL(memcmp(each[i % 2], out, sizeof out), 0);
        host_close(&hosts[i]);
    }
    CU_ASSERT_NOT_EQUAL(memcmp(each[0], each[1], sizeof out), 0);
}

static const struct test tests[] = {
    {"convolution is that of the book", convolution_is_that_of_the_book},
    {"many are made at once", many_are_made_at_once},
    {"the first frame is heard at once", first_frame_is_heard_at_once},
    {"all responses are as loud", all_responses_are_as_loud},
    {"any rate keeps the frequency response", any_rate_keeps_the_frequency_response},
    {"what is longer than a second is cut", what_is_longer_than_a_second_is_cut},
    {"senseless files are refused in words", senseless_files_are_refused_in_words},
    {"the response is heard exactly and at once", response_is_heard_exactly_and_at_once},
    {"switched off it is not there", switched_off_it_is_not_there},
    {"an empty path takes it away", empty_path_takes_it_away},
    {"the newest is taken in bypass too", newest_is_taken_in_bypass_too},
    {"a broken file changes nothing", broken_file_changes_nothing},
    {"a stereo response has two sides", stereo_response_has_two_sides},
    {"a thousand switches give no click", thousand_switches_give_no_click},
    {"any block length gives the same bits", any_block_length_gives_the_same_bits},
    {"many instances have each their own", many_instances_have_each_their_own},
    {"activation and bypass forget the tail", activation_and_bypass_forget_the_tail},
};

int main(void)
{
    if (!plugin_files_make())
        return 1;
    const int status = run_suite("plugin: cabinet", tests, sizeof tests / sizeof *tests);
    plugin_files_remove();
    return status;
}
