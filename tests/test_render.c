/* SPDX-License-Identifier: ISC */
/* xlstm render: what goes in comes out, at any rate and in any format, whole or not at all. */
#include "batch.h"
#include "dither.h"
#include "gain_model.h"
#include "job.h"
#include "model_file.h"
#include "resample.h"
#include "suite.h"
#include "track.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const double MODEL_RATE = 48000;

/* ---- files of a folder that goes away ------------------------------------------------------- */

static char folder[64];

/** The path of a file in the folder; the text is good for the next few calls. */
static const char *path_of(const char *name)
{
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static size_t count_files(const char *path)
{
    size_t count = 0;
    DIR *files = opendir(path);
    for (struct dirent *file; files && (file = readdir(files));)
        count += strcmp(file->d_name, ".") && strcmp(file->d_name, "..");
    if (files)
        closedir(files);
    return count;
}

static void start_folder(void)
{
    strcpy(folder, "test-render-XXXXXX"); /* in the working folder */
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
}

static void end_folder(void)
{
    DIR *files = opendir(folder);
    for (struct dirent *file; files && (file = readdir(files));)
        unlink(path_of(file->d_name));
    if (files)
        closedir(files);
    CU_ASSERT_EQUAL(rmdir(folder), 0);
}

/** A soft start and end, so that nothing is cut off hard, and a tone of its own in each channel. */
static float sound_at(size_t frame, size_t frames, int rate, int channel)
{
    const double time = (double)frame / rate;
    const double shape = sin(M_PI * ((double)frame + 0.5) / (double)frames);
    return (float)(0.5 * shape * shape * sin(2 * M_PI * 500 * (channel + 1) * time));
}

static void write_sound(const char *name, int format, int rate, int channels, size_t frames)
{
    SF_INFO info = {.samplerate = rate, .channels = channels, .format = format};
    SNDFILE *file = sf_open(path_of(name), SFM_WRITE, &info);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    for (size_t i = 0; i < frames; i++) {
        float frame[8];
        for (int c = 0; c < channels; c++)
            frame[c] = sound_at(i, frames, rate, c);
        sf_writef_float(file, frame, 1);
    }
    sf_close(file);
}

static const int FLOAT_WAV = SF_FORMAT_WAV | SF_FORMAT_FLOAT;

/** Reads a file of any length into new memory; `info` tells its shape. */
static float *read_sound(const char *name, SF_INFO *info)
{
    *info = (SF_INFO){0};
    SNDFILE *file = sf_open(path_of(name), SFM_READ, info);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    float *samples = calloc((size_t)(info->frames * info->channels) + 1, sizeof *samples);
    sf_readf_float(file, samples, info->frames);
    sf_close(file);
    return samples;
}

/** Largest difference between GAIN times what write_sound() wrote and a file; large if the shape is
 *  another. */
static double distance(const char *name, double gain, int rate, int channels, size_t frames)
{
    SF_INFO info;
    float *samples = read_sound(name, &info);
    double most = 0;
    if (info.frames != (sf_count_t)frames || info.channels != channels || info.samplerate != rate)
        most = INFINITY;
    for (size_t i = 0; most < INFINITY && i < frames; i++)
        for (int c = 0; c < channels; c++)
            most = fmax(most, fabs(gain * (double)sound_at(i, frames, rate, c) -
                                   (double)samples[i * (size_t)channels + (size_t)c]));
    free(samples);
    return most;
}

/* ---- dither --------------------------------------------------------------------------------- */

enum { MANY = 200000 };

/** Mean and variance, in steps of the quantiser, of the error at a constant level. */
static void quantise_constant(double level, double *mean, double *variance)
{
    static float in[MANY];
    static int out[MANY];
    const unsigned bits = 16;
    const double steps = ldexp(1, (int)bits - 1);
    for (size_t i = 0; i < MANY; i++)
        in[i] = (float)(level / steps);
    struct dither dither = dither_start(bits);
    CU_ASSERT_EQUAL(dither_quantise(&dither, in, out, MANY), 0);
    double sum = 0, squares = 0;
    int below = 0; /* bits that 16-bit samples leave empty */
    for (size_t i = 0; i < MANY; i++) {
        const double error = out[i] / 65536.0 - level;
        below |= out[i] % 65536;
        sum += error;
        squares += error * error;
    }
    CU_ASSERT_EQUAL(below, 0);
    *mean = sum / MANY;
    *variance = squares / MANY - *mean * *mean;
}

/** Triangular dither of two steps' width makes the error's mean 0 and its variance a quarter of a
 *  squared step, whatever the signal. */
static void test_dither_hides_the_signal(void)
{
    for (double level = 0; level < 1; level += 0.125) {
        double mean, variance;
        quantise_constant(100 + level, &mean, &variance);
        CU_ASSERT_DOUBLE_EQUAL(mean, 0, 0.01);
        CU_ASSERT_DOUBLE_EQUAL(variance, 0.25, 0.01);
    }
}

static void test_dither_clips_at_full_scale(void)
{
    const float in[] = {1, -1, 1.5F, -2, 0.999F};
    int out[5];
    struct dither dither = dither_start(24);
    CU_ASSERT_EQUAL(dither_quantise(&dither, in, out, 5), 2);
    CU_ASSERT(out[0] >= 0x7ffffd00 && out[2] == 0x7fffff00);
    CU_ASSERT(out[1] <= (int)0x80000200 && out[3] == (int)0x80000000);
    CU_ASSERT(out[4] > 0 && out[4] < 0x7fffff00);
}

/* ---- files ---------------------------------------------------------------------------------- */

static void test_extension_chooses_the_format(void)
{
    struct xlstm_error error;
    int format;
    CU_ASSERT(sink_format("a.b/x.WAV", SAMPLE_FLOAT, &format, &error) && format == FLOAT_WAV);
    CU_ASSERT(sink_format("x.flac", SAMPLE_16, &format, &error) &&
              format == (SF_FORMAT_FLAC | SF_FORMAT_PCM_16));
    CU_ASSERT(sink_format("x.aif", SAMPLE_24, &format, &error) &&
              format == (SF_FORMAT_AIFF | SF_FORMAT_PCM_24));
    CU_ASSERT_FALSE(sink_format("x.flac", SAMPLE_FLOAT, &format, &error));
    CU_ASSERT_FALSE(sink_format("x.mp3", SAMPLE_16, &format, &error));
    CU_ASSERT_FALSE(sink_format("a.wav/x", SAMPLE_16, &format, &error));
}

/** Only containers with long length fields take more than 4 GB. */
static void test_large_files_need_a_large_container(void)
{
    struct xlstm_error error;
    struct sink sink;
    const uint64_t frames = 2000000000;
    start_folder();
    CU_ASSERT_FALSE(sink_open(&sink, path_of("x.aiff"), SF_FORMAT_AIFF | SF_FORMAT_PCM_24, 48000, 1,
                              frames, &error));
    CU_ASSERT_TRUE_FATAL(sink_open(&sink, path_of("x.wav"), FLOAT_WAV, 48000, 1, frames, &error));
    const float sample = 0;
    CU_ASSERT(sink_write(&sink, &sample, 1, &error) && sink_commit(&sink, &error));
    SF_INFO info;
    free(read_sound("x.wav", &info));
    CU_ASSERT_EQUAL(info.format & SF_FORMAT_TYPEMASK, SF_FORMAT_RF64);
    end_folder();
}

static void test_output_appears_whole_or_not_at_all(void)
{
    struct xlstm_error error;
    struct sink sink;
    float samples[64] = {0.5F};
    start_folder();
    CU_ASSERT_TRUE_FATAL(sink_open(&sink, path_of("x.wav"), FLOAT_WAV, 48000, 1, 64, &error));
    CU_ASSERT(sink_write(&sink, samples, 64, &error));
    CU_ASSERT_NOT_EQUAL(access(path_of("x.wav"), F_OK), 0);
    sink_abort(&sink);
    CU_ASSERT_EQUAL(count_files(folder), 0);
    CU_ASSERT_TRUE_FATAL(sink_open(&sink, path_of("x.wav"), FLOAT_WAV, 48000, 1, 64, &error));
    CU_ASSERT(sink_write(&sink, samples, 64, &error) && sink_commit(&sink, &error));
    CU_ASSERT_EQUAL(access(path_of("x.wav"), F_OK), 0);
    CU_ASSERT_EQUAL(count_files(folder), 1);
    end_folder();
}

static void test_samples_that_are_not_finite_become_silence(void)
{
    struct xlstm_error error;
    struct source source;
    const float samples[] = {0.25F, NAN, INFINITY, -INFINITY, -0.5F};
    SF_INFO info = {.samplerate = 48000, .channels = 1, .format = FLOAT_WAV};
    start_folder();
    SNDFILE *file = sf_open(path_of("nan.wav"), SFM_WRITE, &info);
    sf_write_float(file, samples, 5);
    sf_close(file);
    CU_ASSERT_TRUE_FATAL(source_open(&source, path_of("nan.wav"), &error));
    float got[8];
    size_t count;
    CU_ASSERT(source_read(&source, got, 8, &count, &error));
    CU_ASSERT_EQUAL_FATAL(count, 5);
    CU_ASSERT(got[0] == 0.25F && got[1] == 0 && got[2] == 0 && got[3] == 0 && got[4] == -0.5F);
    CU_ASSERT_EQUAL(source.not_finite, 3);
    source_close(&source);
    end_folder();
}

/** A header that promises more than there is must not pass as a shorter recording. */
static void test_cut_files_are_refused(void)
{
    static const struct {
        const char *name;
        int format;
    } files[] = {{"x.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16},
                 {"x.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16}};
    start_folder();
    for (size_t i = 0; i < 2; i++) {
        struct xlstm_error error;
        struct source source;
        write_sound(files[i].name, files[i].format, 48000, 1, 4800);
        CU_ASSERT(source_open(&source, path_of(files[i].name), &error));
        source_close(&source);
        CU_ASSERT_EQUAL(truncate(path_of(files[i].name), 5000), 0);
        CU_ASSERT_FALSE(source_open(&source, path_of(files[i].name), &error));
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "cut short"));
    }
    end_folder();
}

/* ---- tracks --------------------------------------------------------------------------------- */

/** Sends in.wav to out.wav through a model that changes nothing. */
static bool pass(const struct track_levels *levels)
{
    struct track track;
    float samples[8][TRACK_BLOCK], *channels[8];
    for (size_t c = 0; c < 8; c++)
        channels[c] = samples[c];
    if (!track_open(&track, path_of("in.wav"), path_of("out.wav"), FLOAT_WAV, levels))
        return false;
    for (size_t got = 1; got;) {
        if (!track_read(&track, channels, &got) ||
            !track_write(&track, (const float *const *)channels, got)) {
            track_abort(&track);
            return false;
        }
    }
    return track_finish(&track);
}

static const struct track_levels NEUTRAL = {
    .model_rate = MODEL_RATE, .gain = 1, .wet_gain = 1, .mix = 1, .output_gain = 1};

/** There and back through two resamplers the sound keeps its length, its place and its shape. */
static void test_any_rate_comes_back_in_place(void)
{
    static const int rates[] = {8000, 11111, 22050, 44100, 48000, 88200, 96000, 192000};
    start_folder();
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        const size_t frames = 20011;
        write_sound("in.wav", FLOAT_WAV, rates[i], 2, frames);
        CU_ASSERT(pass(&NEUTRAL));
        const double limit = rates[i] == 48000 ? 0 : 1e-6;
        CU_ASSERT(distance("out.wav", 1, rates[i], 2, frames) <= limit);
    }
    end_folder();
}

static void test_every_length_is_kept(void)
{
    static const size_t lengths[] = {1, 2, 3, 147, 160, 999, TRACK_BLOCK - 1, TRACK_BLOCK + 1};
    static const int rates[] = {8000, 44100, 48000, 192000};
    start_folder();
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
        for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
            SF_INFO info;
            write_sound("in.wav", FLOAT_WAV, rates[r], 1, lengths[l]);
            CU_ASSERT(pass(&NEUTRAL));
            free(read_sound("out.wav", &info));
            CU_ASSERT_EQUAL(info.frames, (sf_count_t)lengths[l]);
        }
    }
    end_folder();
}

/** Input alone is the input to the bit although the other path is resampled; half of each adds up,
 *  so the two are in phase. */
static void test_mix_is_in_phase(void)
{
    const size_t frames = 30000;
    struct track_levels levels = NEUTRAL;
    start_folder();
    write_sound("in.wav", FLOAT_WAV, 44100, 1, frames);
    levels.mix = 0;
    CU_ASSERT(pass(&levels));
    CU_ASSERT_EQUAL(distance("out.wav", 1, 44100, 1, frames), 0);
    levels = (struct track_levels){
        .model_rate = MODEL_RATE, .gain = 0.5F, .wet_gain = 0.5F, .mix = 0.5F, .output_gain = 2};
    CU_ASSERT(pass(&levels)); /* 2 (0.5 * 0.5 * 0.5 + 0.5) = 1.25 */
    CU_ASSERT(distance("out.wav", 1.25, 44100, 1, frames) < 2e-6);
    end_folder();
}

/* ---- jobs and batches ----------------------------------------------------------------------- */

static void test_outputs_are_named_after_inputs(void)
{
    struct job_policy policy = {.any_format = true, .samples = SAMPLE_FLOAT};
    char inputs[3][512];
    char *names[3] = {inputs[0], inputs[1], inputs[2]};
    struct job *jobs = calloc(3, sizeof *jobs);
    start_folder();
    write_sound("one.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 2, 441);
    write_sound("two.au", SF_FORMAT_AU | SF_FORMAT_FLOAT, 48000, 1, 480);
    strcpy(inputs[0], path_of("one.flac"));
    strcpy(inputs[1], path_of("two.au"));
    strcpy(inputs[2], path_of("missing.wav"));
    policy.output = path_of("wet");
    CU_ASSERT_TRUE_FATAL(jobs_plan(jobs, names, 3, &policy));
    CU_ASSERT_STRING_EQUAL(jobs[0].out_path, path_of("wet/one.flac"));
    CU_ASSERT_EQUAL(jobs[0].format, SF_FORMAT_FLAC | SF_FORMAT_PCM_24);
    CU_ASSERT(jobs[0].usable && jobs[0].channels == 2 && jobs[0].rate == 44100);
    CU_ASSERT_DOUBLE_EQUAL(jobs[0].seconds, 0.01, 1e-12);
    CU_ASSERT_STRING_EQUAL(jobs[1].out_path, path_of("wet/two.wav"));
    CU_ASSERT_EQUAL(jobs[1].format, FLOAT_WAV);
    CU_ASSERT_FALSE(jobs[2].usable);
    CU_ASSERT_EQUAL(rmdir(path_of("wet")), 0);
    jobs_free(jobs, 3);
    end_folder();
}

static void test_outputs_replace_nothing_unasked(void)
{
    struct job_policy policy = {.samples = SAMPLE_FLOAT};
    char in[512], out[512];
    char *names[2] = {in, in};
    start_folder();
    write_sound("in.wav", FLOAT_WAV, 48000, 1, 480);
    strcpy(in, path_of("in.wav"));
    strcpy(out, path_of("in.wav"));
    policy.output = out;
    struct job *jobs = calloc(2, sizeof *jobs);
    CU_ASSERT(jobs_plan(jobs, names, 1, &policy));
    CU_ASSERT_FALSE(jobs[0].usable);
    jobs_free(jobs, 1);
    jobs = calloc(2, sizeof *jobs);
    policy.overwrite = true; /* but never the recording itself */
    CU_ASSERT(jobs_plan(jobs, names, 1, &policy));
    CU_ASSERT_FALSE(jobs[0].usable);
    jobs_free(jobs, 1);
    jobs = calloc(2, sizeof *jobs);
    policy.output = folder; /* the same name twice */
    CU_ASSERT_FALSE(jobs_plan(jobs, names, 2, &policy));
    jobs_free(jobs, 2);
    end_folder();
}

static void count_report(void *closure, const struct job *job, const struct track *track)
{
    CU_ASSERT_EQUAL((double)track->sink.frames, round(job->seconds * job->rate));
    ++*(size_t *)closure;
}

/** Files of many lengths, rates and widths side by side: each comes out as it would alone, and a
 *  broken one harms no other. */
static void test_a_batch_keeps_files_apart(void)
{
    enum { FILES = 12 };
    static const int rates[] = {48000, 44100, 96000};
    struct job *jobs = calloc(FILES + 1, sizeof *jobs);
    char wet[512];
    const struct job_policy policy = {.output = wet};
    char inputs[FILES + 1][512];
    char *names[FILES + 1];
    size_t reported = 0;
    start_folder();
    strcpy(wet, path_of("wet/"));
    const struct gain_model gain = {.gain = -0.5F, .sample_rate = MODEL_RATE};
    CU_ASSERT_TRUE_FATAL(write_gain_model(path_of("gain.safetensors"), &gain));
    xlstm_model *model = model_read_audio(path_of("gain.safetensors"));
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    for (int i = 0; i <= FILES; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d.wav", i);
        write_sound(name, FLOAT_WAV, rates[i % 3], 1 + i % 4, 3000 * (size_t)(1 + i % 5) + 7);
        strcpy(inputs[i], path_of(name));
        names[i] = inputs[i];
    }
    const struct batch batch = {.model = model,
                                .knobs = (float[XLSTM_MAX_KNOBS]){0},
                                .levels = NEUTRAL,
                                .threads = 3,
                                .report = count_report,
                                .closure = &reported};
    CU_ASSERT_TRUE_FATAL(jobs_plan(jobs, names, FILES + 1, &policy));
    CU_ASSERT_EQUAL(unlink(inputs[FILES]), 0); /* gone since it was looked at */
    CU_ASSERT_EQUAL(batch_run(&batch, jobs, FILES + 1), FILES);
    CU_ASSERT_EQUAL(reported, FILES);
    CU_ASSERT_EQUAL(count_files(wet), FILES);
    for (int i = 0; i < FILES; i++) {
        char name[32];
        snprintf(name, sizeof name, "wet/%d.wav", i);
        CU_ASSERT(distance(name, -0.5, rates[i % 3], 1 + i % 4, 3000 * (size_t)(1 + i % 5) + 7) <
                  1e-6);
        CU_ASSERT_EQUAL(unlink(path_of(name)), 0);
    }
    CU_ASSERT_EQUAL(rmdir(wet), 0);
    jobs_free(jobs, FILES + 1);
    xlstm_model_free(model);
    end_folder();
}

static const struct test tests[] = {
    {"dither hides the signal", test_dither_hides_the_signal},
    {"dither clips at full scale", test_dither_clips_at_full_scale},
    {"the extension chooses the format", test_extension_chooses_the_format},
    {"large files need a large container", test_large_files_need_a_large_container},
    {"an output appears whole or not at all", test_output_appears_whole_or_not_at_all},
    {"samples that are not finite become silence", test_samples_that_are_not_finite_become_silence},
    {"cut files are refused", test_cut_files_are_refused},
    {"any rate comes back in place", test_any_rate_comes_back_in_place},
    {"every length is kept", test_every_length_is_kept},
    {"a mix is in phase", test_mix_is_in_phase},
    {"outputs are named after inputs", test_outputs_are_named_after_inputs},
    {"outputs replace nothing unasked", test_outputs_replace_nothing_unasked},
    {"a batch keeps files apart", test_a_batch_keeps_files_apart},
};

int main(void)
{
    return run_suite("render", tests, sizeof tests / sizeof *tests);
}
