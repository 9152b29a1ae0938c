/* SPDX-License-Identifier: ISC */
#include "holdout.h"

#include "holdout_spread.h"
#include "recording_signal.h"

/** Parts shorter than this are dropped, s. */
static const double least_seconds = 0.1;

static bool add_section(const struct recording *r, const struct signal_section *section,
                        struct span_list *list)
{
    const struct recording_span place = recording_section(r, section);
    return place.first >= place.last ||
           spans_add(list, place.first + r->start, place.last + r->start);
}

/** The lists as the signal has them. A set that is not asked for is for training. */
static bool follow_signal(const struct recording *r, bool for_validation, bool for_test,
                          struct holdout *chosen)
{
    const struct signal_layout *layout = &r->signal.layout;
    bool good = true;
    for (size_t i = 0; good && i < layout->count; i++) {
        const struct signal_section *section = &layout->sections[i];
        if (section->use == SIGNAL_FOR_NOTHING)
            good = add_section(r, section, &chosen->unused);
        else if (section->use == SIGNAL_FOR_VALIDATION && for_validation)
            good = add_section(r, section, &chosen->validation);
        else if (section->use == SIGNAL_FOR_TEST && for_test)
            good = add_section(r, section, &chosen->test);
    }
    spans_join(&chosen->validation, 1);
    spans_join(&chosen->test, 1);
    spans_join(&chosen->unused, 1);
    return good;
}

/** Frames of the recording that a list of frames of the dry file leaves of its spans. */
static bool part_of(const struct recording *r, const struct span_list *list, struct span_list *part)
{
    const struct span_list spans = {.spans = r->spans, .count = r->span_count};
    struct span_list here = {0};
    bool good = true;
    for (size_t i = 0; good && i < list->count; i++) {
        const struct recording_span *span = &list->spans[i];
        if (span->last > r->start)
            good = spans_add(&here, span->first > r->start ? span->first - r->start : 0,
                             span->last - r->start);
    }
    good = good && spans_common(&here, &spans, (size_t)(least_seconds * r->rate), part);
    spans_free(&here);
    return good;
}

static bool add_all(struct span_list *list, const struct span_list *more)
{
    for (size_t i = 0; i < more->count; i++)
        if (!spans_add(list, more->spans[i].first, more->spans[i].last))
            return false;
    return true;
}

bool holdout_cut(const struct holdout *chosen, const struct recording *r,
                 struct holdout_parts *parts)
{
    struct span_list kept = {0}, rest = {0};
    *parts = (struct holdout_parts){0};
    bool good = add_all(&kept, &chosen->validation) && add_all(&kept, &chosen->test) &&
                add_all(&kept, &chosen->unused);
    spans_join(&kept, 1);
    good = good && spans_between(&kept, r->start + r->frames, 1, &rest) &&
           part_of(r, &rest, &parts->train) &&
           part_of(r, &chosen->validation, &parts->validation) &&
           part_of(r, &chosen->test, &parts->test);
    spans_free(&kept);
    spans_free(&rest);
    return good;
}

bool holdout_choose(const struct recording *r, bool for_validation, bool for_test,
                    struct holdout *chosen)
{
    struct span_list *lists[HOLDOUT_SETS];
    struct holdout_parts parts = {0};
    unsigned sets = 0;
    *chosen = (struct holdout){0};
    bool good = (!r->test_signal || follow_signal(r, for_validation, for_test, chosen)) &&
                holdout_cut(chosen, r, &parts);
    if (for_validation && parts.validation.count == 0)
        lists[sets++] = &chosen->validation;
    if (for_test && parts.test.count == 0)
        lists[sets++] = &chosen->test;
    good = good && holdout_spread(r, &parts.train, lists, sets);
    holdout_parts_free(&parts);
    return good;
}

void holdout_free(struct holdout *chosen)
{
    spans_free(&chosen->validation);
    spans_free(&chosen->test);
    spans_free(&chosen->unused);
}

void holdout_parts_free(struct holdout_parts *parts)
{
    spans_free(&parts->train);
    spans_free(&parts->validation);
    spans_free(&parts->test);
}
