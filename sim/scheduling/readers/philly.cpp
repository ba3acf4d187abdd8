// Jobs of Microsoft's Philly clusters [Jeon+, ATC'19], as filtered for Sia [Jayaram Subramanya+,
// SOSP'23]: timestamp,duration,num_gpus,gpu_time,cluster.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "scheduling/readers/formats.hpp"
#include "scheduling/readers/lines.hpp"
#include "units/calendar.hpp"

namespace longhaul::scheduling {

namespace {

void read_philly(TraceDraft& draft) {
  Csv<4> csv(draft.path(), text_bytes(draft));
  if (!read_header(draft, csv, "timestamp", "duration", "num_gpus", "cluster")) return;
  auto& jobs = draft.jobs;
  std::vector<std::int64_t> submitted;  // seconds of the calendar, a job each
  for_each_line(
      draft,
      [&] {
        const char *timestamp = "", *duration = "", *num_gpus = "", *cluster = "";
        if (!csv.read_row(timestamp, duration, num_gpus, cluster)) return false;
        Job job;
        const auto date = parse_date(timestamp);
        if (!date)
          throw BadLine(fmt::format(
              "timestamp = '{}', but a date is wanted, as 2017-10-09 07:01:55", shown(timestamp)));
        job.run_time = time_in("duration", duration);
        job.slots = count_in("num_gpus", num_gpus);
        if (*cluster != '\0') job.group = draft.groups.index(cluster);
        job.name = std::to_string(csv.get_file_line());
        submitted.push_back(date->unix_s);
        jobs.push_back(std::move(job));
        return true;
      },
      [&] { return csv.get_file_line(); });
  if (jobs.empty()) return;
  const auto start = *std::min_element(submitted.begin(), submitted.end());
  for (std::size_t i = 0; i < jobs.size(); ++i)
    jobs[i].submit = seconds(static_cast<double>(submitted[i] - start));
}

bool recognises_philly(const TraceHead& head) {
  return has_columns(head.first_line, {"timestamp", "duration", "num_gpus"});
}

}  // namespace

const Format philly_format{{"philly", "CSV of Microsoft's Philly: timestamp,duration,num_gpus,..."},
                           recognises_philly,
                           read_philly};

}  // namespace longhaul::scheduling
