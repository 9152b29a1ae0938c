/* SPDX-License-Identifier: ISC */
#include "train_report.h"

#include "decibel.h"
#include "report.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Seconds between plain lines in a pipe or a log. */
static const double SECONDS_BETWEEN_LINES = 10;

/** The plugin's address, for hosts that are given one. */
#define PLUGIN_URI "https://xlstm-lv2.github.io/xlstm#mono"

enum { LINE = 256, CLOCK = 24, ERROR_TEXT = 16 };

/** Of so many epochs tenths tell nothing. */
static const double MANY_EPOCHS = 100;

/** "4:07" or "1:02:03". */
static void clock_text(char text[CLOCK], double seconds)
{
    const long whole = lround(fmin(seconds, 1e9)), hours = whole / 3600;
    if (hours > 0)
        snprintf(text, CLOCK, "%ld:%02ld:%02ld", hours, whole / 60 % 60, whole % 60);
    else
        snprintf(text, CLOCK, "%ld:%02ld", whole / 60, whole % 60);
}

/** An error in dB, or a dash if there is none yet. */
static void error_text(char text[ERROR_TEXT], double esr)
{
    const double decibels = decibels_of_power(esr);
    if (isfinite(decibels))
        snprintf(text, ERROR_TEXT, "%.1f", decibels);
    else
        snprintf(text, ERROR_TEXT, "-");
}

/** No more than 79 columns, the width of a usual terminal, also for a run of hours over a short
 *  recording: what does not fit is not seen. */
static void line_text(char text[LINE], const struct train_progress *p)
{
    const int digits = p->epochs < MANY_EPOCHS ? 1 : 0;
    char left[CLOCK], train[ERROR_TEXT], validation[ERROR_TEXT], best[ERROR_TEXT];
    clock_text(left, p->seconds_left);
    error_text(train, p->train_esr);
    error_text(validation, p->validation_esr);
    error_text(best, p->best_esr);
    snprintf(text, LINE, "epoch %.*f  train %s  valid. %s  best %s dB  %.0fx  %s left", digits,
             p->epochs, train, validation, best, p->frames_per_second / TRAIN_MODEL_RATE, left);
}

static void trial_line_text(char text[LINE], const char *trial, const struct train_progress *p)
{
    char left[CLOCK], validation[ERROR_TEXT];
    clock_text(left, p->seconds_left);
    error_text(validation, p->validation_esr);
    snprintf(text, LINE, "trying %s: validation %s dB  %s left", trial, validation, left);
}

static json_t *progress_json(const struct train_report *report, const struct train_progress *p)
{
    return json_pack("{s:I, s:I, s:f, s:f, s:f, s:o, s:o, s:o, s:f, s:f, s:s*}", "update",
                     (json_int_t)p->update, "updates", (json_int_t)p->updates, "epochs", p->epochs,
                     "seconds", p->seconds, "seconds_left", p->seconds_left, "train_esr_db",
                     json_finite(decibels_of_power(p->train_esr)), "validation_esr_db",
                     json_finite(decibels_of_power(p->validation_esr)), "best_esr_db",
                     json_finite(decibels_of_power(p->best_esr)), "frames_per_second",
                     p->frames_per_second, "times_real_time",
                     p->frames_per_second / TRAIN_MODEL_RATE, "candidate", report->candidate);
}

void train_report_trial(struct train_report *report, const char *candidate, const char *trial)
{
    report->candidate = candidate;
    report->trial = trial;
    report->told = -INFINITY;
}

void train_show(struct train_report *report, const struct train_progress *p)
{
    char line[LINE];
    if (report->trial)
        trial_line_text(line, report->trial, p);
    else
        line_text(line, p);
    if (report->settings->json && p->validated)
        json_line(progress_json(report, p));
    if (status_visible()) {
        status_show("%s", line);
    } else if (!report->settings->json && p->validated &&
               p->seconds - report->told >= SECONDS_BETWEEN_LINES) {
        fprintf(stderr, "%s\n", line);
        report->told = p->seconds;
    }
}

void train_say_end(const struct train_report *report, const struct train_result *result)
{
    char now[CLOCK], best[CLOCK];
    clock_text(now, result->progress.seconds);
    clock_text(best, result->best_seconds);
    if (result->end == TRAIN_SETTLED)
        complain(NULL, "validation got no better after %s: training ends early, at %s", best, now);
    if (result->path_only)
        complain(NULL, "the model is the path at control rate alone, since nothing did better in "
                       "validation");
    if (result->end == TRAIN_ENDED && report->files->kept)
        complain(report->files->checkpoint,
                 "is where training was interrupted, at %s: --resume goes on from there", now);
}

/* ---- the last words ------------------------------------------------------------------------- */

static json_t *text_or_null(const char *text)
{
    return text ? json_text(text) : json_null();
}

static void conclude_json(const struct train_report *report, const struct train_result *result,
                          double esr)
{
    static const char *const ends[] = {
        [TRAIN_COMPLETE] = "complete", [TRAIN_ENDED] = "interrupted", [TRAIN_SETTLED] = "settled"};
    const struct train_files *files = report->files;
    json_line(json_pack("{s:o, s:o, s:o, s:I, s:f, s:f, s:I, s:s, s:o, s:o}", "model",
                        json_text(files->model), "esr_db", json_finite(decibels_of_power(esr)),
                        "validation_esr_db", json_finite(decibels_of_power(result->validation_esr)),
                        "updates", (json_int_t)result->progress.update, "epochs",
                        result->progress.epochs, "seconds", result->progress.seconds, "seed",
                        (json_int_t)report->settings->seed, "end", ends[result->end], "picture",
                        text_or_null(files->picture), "checkpoint",
                        text_or_null(files->kept ? files->checkpoint : NULL)));
}

/** A name as a shell reads it, for free(); NULL: out of memory. */
static char *quoted(const char *name)
{
    char *text = malloc(4 * strlen(name) + 3), *at = text;
    const char *plain = name;
    while (isalnum((unsigned char)*plain) || (*plain && strchr("/._-+,:@%", *plain)))
        plain++;
    if (text && !*plain)
        return strcpy(text, name);
    if (!text)
        return NULL;
    *at++ = '\'';
    for (; *name; name++)
        at = *name == '\'' ? stpcpy(at, "'\\''") : (*at = *name, at + 1);
    strcpy(at, "'");
    return text;
}

static void print_commands(const char *model)
{
    char *path = realpath(model, NULL);
    char *name = quoted(model);
    if (name)
        printf("play:     xlstm render -m %s guitar.wav -o out.wav\n"
               "live:     xlstm live -m %s\n",
               name, name);
    printf("plugin:   jalv.gtk3 %s\n"
           "          or any LV2 host, with xLSTM's Model set to %s\n",
           PLUGIN_URI, path ? path : model);
    free(path);
    free(name);
}

void train_conclude(const struct train_report *report, const struct train_result *result,
                    double esr)
{
    const struct train_files *files = report->files;
    char spent[CLOCK];
    if (report->settings->json) {
        conclude_json(report, result, esr);
        return;
    }
    clock_text(spent, result->progress.seconds);
    printf("%s: %.1f dB on the test passages, %.1f dB on the validation passages, after %s and "
           "%llu updates\n",
           files->model, decibels_of_power(esr), decibels_of_power(result->validation_esr), spent,
           (unsigned long long)result->progress.update);
    if (files->picture)
        printf("picture:  %s\n", files->picture);
    print_commands(files->model);
}
