// Jobs as Tiresias takes them [Gu+, NSDI'19]: job_id,num_gpu,submit_time,...,duration,...
#include "scheduling/readers/formats.hpp"
#include "scheduling/readers/lines.hpp"

namespace longhaul::scheduling {

namespace {

void read_tiresias(TraceDraft& draft) {
  Csv<4> csv(draft.path(), text_bytes(draft));
  if (!read_header(draft, csv, "job_id", "num_gpu", "submit_time", "duration")) return;
  for_each_line(
      draft,
      [&] {
        const char *id = "", *num_gpu = "", *submit_time = "", *duration = "";
        if (!csv.read_row(id, num_gpu, submit_time, duration)) return false;
        Job job;
        job.name = id;
        job.submit = time_in("submit_time", submit_time);
        job.slots = count_in("num_gpu", num_gpu);
        job.run_time = time_in("duration", duration);
        draft.jobs.push_back(std::move(job));
        return true;
      },
      [&] { return csv.get_file_line(); });
}

bool recognises_tiresias(const TraceHead& head) {
  return has_columns(head.first_line, {"num_gpu", "submit_time", "duration"});
}

}  // namespace

const Format tiresias_format{
    {"tiresias", "CSV of Tiresias: job_id,num_gpu,submit_time,duration,..."},
    recognises_tiresias,
    read_tiresias};

}  // namespace longhaul::scheduling
