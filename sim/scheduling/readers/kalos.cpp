// Jobs of the Kalos cluster of AcmeTrace [Hu+, NSDI'24], as converted for a simulator of
// iterations: job_id,arrival_time,num_iteration,...,gpu_workers,ps,gpu_per_worker,...
#include <fmt/format.h>

#include "scheduling/readers/formats.hpp"
#include "scheduling/readers/lines.hpp"

namespace longhaul::scheduling {

namespace {

/// The converter divided each job's duration by this; its own times of an iteration are made up.
constexpr double iteration_s = 0.5;

void read_kalos(TraceDraft& draft) {
  Csv<5> csv(draft.path(), text_bytes(draft));
  if (!read_header(draft, csv, "job_id", "arrival_time", "num_iteration", "gpu_workers",
                   "gpu_per_worker"))
    return;
  for_each_line(
      draft,
      [&] {
        const char *id = "", *arrival = "", *iterations = "", *workers = "", *per_worker = "";
        if (!csv.read_row(id, arrival, iterations, workers, per_worker)) return false;
        Job job;
        job.name = id;
        job.submit = time_in("arrival_time", arrival);
        job.run_time =
            time_of("0.5 s x num_iteration", iteration_s * number_in("num_iteration", iterations));
        job.slots = count_of("gpu_workers x gpu_per_worker",
                             static_cast<double>(count_in("gpu_workers", workers)) *
                                 static_cast<double>(count_in("gpu_per_worker", per_worker)));
        draft.jobs.push_back(std::move(job));
        return true;
      },
      [&] { return csv.get_file_line(); });
}

bool recognises_kalos(const TraceHead& head) {
  return has_columns(head.first_line, {"arrival_time", "num_iteration", "gpu_workers"});
}

}  // namespace

const Format kalos_format{{"kalos", "CSV of AcmeTrace's Kalos: arrival_time,num_iteration,..."},
                          recognises_kalos,
                          read_kalos};

}  // namespace longhaul::scheduling
