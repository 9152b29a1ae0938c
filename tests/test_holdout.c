/* SPDX-License-Identifier: ISC */
/* What is kept from training: nothing of it is trained on, it is spread over the recording, as loud
 * as that is, and the same for all recordings of a dry file. */
#include "holdout.h"
#include "recording_signal.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, SECONDS = 60, FRAMES = SECONDS * RATE };

static float dry[FRAMES], wet[FRAMES];

/** Ten seconds each at six levels, the loudest of them first; each second fades by 6 dB. */
static void make_playing(void)
{
    static const double levels[] = {-6, -12, -18, -30, -24, -40};
    for (size_t i = 0; i < FRAMES; i++) {
        const double fade = (double)(i % RATE) / RATE;
        const double decibels = levels[i / (10 * RATE)] - 6 * fade;
        dry[i] = (float)(pow(10, decibels / 20) * sin(0.05 * (double)i));
        wet[i] = 0.5F * dry[i];
    }
}

static struct recording_span spans[8];

/** A recording of the sound from `start` on, usable in the spans given. */
static struct recording recording_of(size_t start, size_t frames, size_t count,
                                     const struct recording_span *usable)
{
    struct recording r = {.dry = dry + start,
                          .wet = wet + start,
                          .frames = frames,
                          .rate = RATE,
                          .start = start,
                          .spans = spans,
                          .span_count = count};
    memcpy(spans, usable, count * sizeof *usable);
    for (size_t i = 0; i < count; i++)
        r.usable += usable[i].last - usable[i].first;
    return r;
}

static struct recording whole(void)
{
    return recording_of(0, FRAMES, 1, &(struct recording_span){0, FRAMES});
}

static bool common(const struct span_list *a, const struct span_list *b)
{
    for (size_t i = 0; i < b->count; i++)
        if (spans_touch(a, (long)b->spans[i].first, (long)b->spans[i].last))
            return true;
    return false;
}

static bool inside(const struct recording *r, const struct span_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        bool found = false;
        for (size_t k = 0; k < r->span_count; k++)
            found = found || (list->spans[i].first >= r->spans[k].first &&
                              list->spans[i].last <= r->spans[k].last);
        if (!found)
            return false;
    }
    return true;
}

static double mean_level(const struct span_list *list, const float *sound)
{
    double sum = 0;
    for (size_t i = 0; i < list->count; i++)
        for (size_t n = list->spans[i].first; n < list->spans[i].last; n++)
            sum += pow((double)sound[n], 2);
    return 10 * log10(sum / (double)spans_total(list));
}

static struct holdout chosen;
static struct holdout_parts parts;

static void choose_and_cut(const struct recording *r, bool for_validation, bool for_test)
{
    CU_ASSERT_TRUE_FATAL(holdout_choose(r, for_validation, for_test, &chosen));
    CU_ASSERT_TRUE_FATAL(holdout_cut(&chosen, r, &parts));
}

static void release(void)
{
    holdout_free(&chosen);
    holdout_parts_free(&parts);
}

static void test_apart(void)
{
    const struct recording r = whole();
    choose_and_cut(&r, true, true);
    CU_ASSERT_FALSE(common(&parts.train, &parts.validation));
    CU_ASSERT_FALSE(common(&parts.train, &parts.test));
    CU_ASSERT_FALSE(common(&parts.validation, &parts.test));
    CU_ASSERT_EQUAL(spans_total(&parts.train) + spans_total(&parts.validation) +
                        spans_total(&parts.test),
                    FRAMES);
    CU_ASSERT_DOUBLE_EQUAL((double)spans_total(&parts.validation), 0.1 * FRAMES, 10);
    CU_ASSERT_DOUBLE_EQUAL((double)spans_total(&parts.test), 0.1 * FRAMES, 10);
    release();
}

/** One passage of each set in each quarter; levels within 3 dB of the whole although the recording
 *  grows softer by 34 dB. */
static void test_spread(void)
{
    const struct recording r = whole();
    const struct span_list all = {.spans = spans, .count = 1};
    choose_and_cut(&r, true, true);
    const struct span_list *const sets[] = {&parts.validation, &parts.test};
    for (size_t s = 0; s < 2; s++) {
        CU_ASSERT_EQUAL_FATAL(sets[s]->count, 4);
        for (size_t i = 0; i < 4; i++)
            CU_ASSERT_EQUAL(sets[s]->spans[i].first / (FRAMES / 4), i);
        CU_ASSERT_DOUBLE_EQUAL(mean_level(sets[s], dry), mean_level(&all, dry), 3);
    }
    release();
}

static void test_bad_places(void)
{
    static const struct recording_span usable[] = {
        {1000, 4 * RATE}, {5 * RATE, 25 * RATE}, {25 * RATE + 500, 50 * RATE}};
    const struct recording r = recording_of(0, FRAMES, 3, usable);
    choose_and_cut(&r, true, true);
    CU_ASSERT_TRUE(inside(&r, &parts.train));
    CU_ASSERT_TRUE(inside(&r, &parts.validation));
    CU_ASSERT_TRUE(inside(&r, &parts.test));
    CU_ASSERT(spans_total(&parts.validation) > r.usable / 11);
    CU_ASSERT_EQUAL(spans_total(&parts.train) + spans_total(&parts.validation) +
                        spans_total(&parts.test),
                    r.usable);
    release();
}

/** Silence is nothing to judge a model by. */
static void test_silence(void)
{
    static float with_pauses[FRAMES];
    memcpy(with_pauses, dry, sizeof dry);
    for (size_t i = 0; i < FRAMES; i++)
        if (i / (5 * RATE) % 2)
            with_pauses[i] = 0;
    struct recording r = whole();
    r.dry = with_pauses;
    choose_and_cut(&r, true, true);
    for (size_t i = 0; i < parts.validation.count; i++)
        CU_ASSERT_EQUAL(parts.validation.spans[i].first / (5 * RATE) % 2, 0);
    CU_ASSERT_EQUAL(parts.validation.count, 4);
    release();
}

static void test_sets_not_wanted(void)
{
    const struct recording r = whole();
    choose_and_cut(&r, true, false);
    CU_ASSERT_EQUAL(parts.test.count, 0);
    CU_ASSERT_EQUAL(parts.validation.count, 4);
    release();
    choose_and_cut(&r, false, false);
    CU_ASSERT_EQUAL(spans_total(&parts.train), FRAMES);
    release();
}

/** A second recording of the same dry file that begins later and ends sooner keeps the same frames
 *  of that file from training. */
static void test_same_dry_file(void)
{
    enum { START = 12345, SHORT = 40 * RATE };
    const struct recording first = whole();
    CU_ASSERT_TRUE_FATAL(holdout_choose(&first, true, true, &chosen));
    const struct recording again =
        recording_of(START, SHORT, 1, &(struct recording_span){0, SHORT});
    CU_ASSERT_TRUE_FATAL(holdout_cut(&chosen, &again, &parts));
    struct span_list train = {0};
    for (size_t i = 0; i < parts.train.count; i++)
        CU_ASSERT_TRUE_FATAL(spans_add(&train, parts.train.spans[i].first + START,
                                       parts.train.spans[i].last + START));
    CU_ASSERT_FALSE(common(&train, &chosen.validation));
    CU_ASSERT_FALSE(common(&train, &chosen.test));
    CU_ASSERT(parts.validation.count >= 2);
    spans_free(&train);
    release();
}

static void test_short(void)
{
    const struct recording r = recording_of(0, RATE, 1, &(struct recording_span){0, RATE});
    choose_and_cut(&r, true, true);
    CU_ASSERT_EQUAL(parts.validation.count, 1);
    CU_ASSERT_EQUAL(parts.test.count, 1);
    CU_ASSERT_DOUBLE_EQUAL((double)spans_total(&parts.train), 0.8 * RATE, 10);
    release();
}

/* ---- the test signal ------------------------------------------------------------------------ */

/** A recording of the shortest signal, `frames` of it, that the file holds from frame `delay` on.
 */
static struct recording recording_of_signal(double delay, size_t frames, float *sound)
{
    struct recording r = {.dry = sound, .wet = sound, .frames = frames, .rate = RATE};
    signal_lay_out(&r.signal.layout, SIGNAL_SECONDS_MINIMUM);
    r.signal.delay = delay;
    r.signal.stretch = 1;
    r.test_signal = true;
    r.spans = spans;
    r.span_count = 1;
    spans[0] = (struct recording_span){0, frames};
    r.usable = frames;
    return r;
}

static float *loud_sound(size_t frames)
{
    float *sound = malloc(frames * sizeof *sound);
    CU_ASSERT_PTR_NOT_NULL_FATAL(sound);
    for (size_t i = 0; i < frames; i++)
        sound[i] = (float)sin(0.05 * (double)i);
    return sound;
}

static void test_signal(void)
{
    enum { DELAY = 777, ROOM = 100 * RATE };
    float *sound = loud_sound(ROOM);
    const struct recording r = recording_of_signal(DELAY, ROOM, sound);
    choose_and_cut(&r, true, true);
    for (size_t i = 0; i < r.signal.layout.count; i++) {
        const struct signal_section *section = &r.signal.layout.sections[i];
        const long first = (long)section->start + DELAY, last = first + (long)section->frames;
        CU_ASSERT_EQUAL(spans_touch(&parts.train, first, last),
                        section->use == SIGNAL_FOR_TRAINING);
        CU_ASSERT_EQUAL(spans_touch(&parts.validation, first, last),
                        section->use == SIGNAL_FOR_VALIDATION);
        CU_ASSERT_EQUAL(spans_touch(&parts.test, first, last), section->use == SIGNAL_FOR_TEST);
    }
    release();
    choose_and_cut(&r, false, false);
    for (size_t i = 0; i < r.signal.layout.count; i++) {
        const struct signal_section *section = &r.signal.layout.sections[i];
        const long first = (long)section->start + DELAY, last = first + (long)section->frames;
        CU_ASSERT_EQUAL(spans_touch(&parts.train, first, last), section->use != SIGNAL_FOR_NOTHING);
    }
    release();
    free(sound);
}

/** A recording that broke off holds none of the passages at the signal's end: others are chosen. */
static void test_broken_off(void)
{
    enum { ROOM = 55 * RATE };
    float *sound = loud_sound(ROOM);
    const struct recording r = recording_of_signal(0, ROOM, sound);
    choose_and_cut(&r, true, true);
    CU_ASSERT(parts.validation.count > 0);
    CU_ASSERT(parts.test.count > 0);
    CU_ASSERT_FALSE(common(&parts.train, &parts.validation));
    for (size_t i = 0; i < r.signal.layout.count; i++) {
        const struct signal_section *section = &r.signal.layout.sections[i];
        const long first = (long)section->start, last = first + (long)section->frames;
        if (section->use == SIGNAL_FOR_NOTHING)
            CU_ASSERT_FALSE(spans_touch(&parts.validation, first, last));
    }
    release();
    free(sound);
}

/* ---- moving a recording --------------------------------------------------------------------- */

static void test_delay(void)
{
    enum { LENGTH = 100, MORE = 7 };
    struct recording r = {.frames = LENGTH, .rate = RATE, .lag = 10, .start = 3, .usable = 80};
    r.dry = malloc(LENGTH * sizeof *r.dry);
    r.wet = malloc(LENGTH * sizeof *r.wet);
    r.spans = malloc(2 * sizeof *r.spans);
    CU_ASSERT_FATAL(r.dry && r.wet && r.spans);
    for (size_t i = 0; i < LENGTH; i++) {
        r.dry[i] = (float)i;
        r.wet[i] = (float)(1000 + i);
    }
    r.spans[0] = (struct recording_span){5, 45};
    r.spans[1] = (struct recording_span){55, 95};
    r.span_count = 2;
    recording_delay(&r, MORE);
    CU_ASSERT_EQUAL(r.frames, LENGTH - MORE);
    CU_ASSERT_EQUAL(r.lag, 10 - MORE);
    CU_ASSERT_EQUAL(r.start, 3 + MORE);
    CU_ASSERT_EQUAL(r.dry[20], 20 + MORE);
    CU_ASSERT_EQUAL(r.wet[20], 1020);
    CU_ASSERT_EQUAL(r.spans[0].first, 5);
    CU_ASSERT_EQUAL(r.spans[1].last, LENGTH - MORE);
    CU_ASSERT_EQUAL(r.usable, 40 + LENGTH - MORE - 55);
    recording_free(&r);
}

static const struct test tests[] = {
    {"what is kept is not trained on", test_apart},
    {"spread over the recording, and as loud", test_spread},
    {"places that are not usable", test_bad_places},
    {"silence is not chosen", test_silence},
    {"sets that are not wanted", test_sets_not_wanted},
    {"recordings of one dry file", test_same_dry_file},
    {"a second", test_short},
    {"the test signal", test_signal},
    {"a test signal that breaks off", test_broken_off},
    {"a latency that is taken back", test_delay},
};

int main(void)
{
    make_playing();
    return run_suite("holdout", tests, sizeof tests / sizeof *tests);
}
