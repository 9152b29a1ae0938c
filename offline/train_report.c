/* SPDX-License-Identifier: ISC */
#include "train_report.h"

#include "decibel.h"
#include "report.h"

#include <math.h>
#include <stdio.h>

void train_show(const struct train_settings *settings, const struct train_progress *p)
{
    const long left = lround(p->seconds_left);
    status_show("epoch %.1f  train %.1f dB  validation %.1f dB  best %.1f dB  %.2f Mframes/s  "
                "%ld:%02ld left",
                p->epochs, decibels_of_power(p->train_esr), decibels_of_power(p->validation_esr),
                decibels_of_power(p->best_esr), p->frames_per_second / 1e6, left / 60, left % 60);
    if (settings->json)
        json_line(json_pack("{s:I, s:f, s:f, s:o, s:o, s:o, s:f}", "update", (json_int_t)p->update,
                            "epochs", p->epochs, "seconds", p->seconds, "train_esr_db",
                            json_finite(decibels_of_power(p->train_esr)), "validation_esr_db",
                            json_finite(decibels_of_power(p->validation_esr)), "best_esr_db",
                            json_finite(decibels_of_power(p->best_esr)), "frames_per_second",
                            p->frames_per_second));
}

void train_conclude(const struct train_settings *settings, const struct train_result *result,
                    double esr)
{
    if (settings->json) {
        json_line(json_pack("{s:s, s:o, s:o, s:I, s:f}", "model", settings->output, "esr_db",
                            json_finite(decibels_of_power(esr)), "validation_esr_db",
                            json_finite(decibels_of_power(result->validation_esr)), "updates",
                            (json_int_t)result->progress.update, "seconds",
                            result->progress.seconds));
        return;
    }
    printf("%s: %.1f dB on the test passages, %.1f dB on the validation passages\n",
           settings->output, decibels_of_power(esr), decibels_of_power(result->validation_esr));
    printf("try it:  xlstm render -m %s guitar.wav -o out.wav\n", settings->output);
}
