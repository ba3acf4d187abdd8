#include "report/trace_format.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "diagnostics/diagnostic.hpp"

namespace longhaul::report {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view begin_of_trace = "{\"displayTimeUnit\":\"ms\",\n\"otherData\":";

double microseconds(std::int64_t ns) { return static_cast<double>(ns) / 1e3; }

void add(Json& json, const TraceFields& fields) {
  for (const auto& field : fields)
    std::visit([&](const auto& value) { json[field.first] = value; }, field.second);
}

Json metadata(const char* what, TracePlace place, Json arguments) {
  return {{"name", what},
          {"ph", "M"},
          {"pid", place.process},
          {"tid", place.thread},
          {"args", std::move(arguments)}};
}

}  // namespace

TraceWriter::TraceWriter(std::ostream& stream, const Provenance& provenance,
                         const TraceFields& other)
    : stream_(stream) {
  Json json{{"program", "longhaul"},
            {"version", provenance.version},
            {"revision", provenance.revision},
            {"seed", provenance.seed},
            {"calibration", provenance.calibration}};
  for (const auto& input : provenance.inputs)
    json["inputs"].push_back({{"path", input.path}, {"sha256", input.sha256}});
  add(json, other);
  stream_ << begin_of_trace << json.dump() << ",\n\"traceEvents\":[";
}

void TraceWriter::write(const std::string& event) {
  stream_ << separator_ << event;
  separator_ = ",\n";
}

void TraceWriter::name_process(TracePlace first, const std::string& name, std::int64_t sort_index) {
  write(metadata("process_name", first, {{"name", name}}).dump());
  write(metadata("process_sort_index", first, {{"sort_index", sort_index}}).dump());
}

void TraceWriter::name_thread(TracePlace place, const std::string& name, std::int64_t sort_index) {
  write(metadata("thread_name", place, {{"name", name}}).dump());
  write(metadata("thread_sort_index", place, {{"sort_index", sort_index}}).dump());
}

void TraceWriter::slice(TracePlace place, const std::string& name, const std::string& category,
                        std::int64_t start_ns, std::int64_t end_ns, const TraceFields& arguments) {
  Json json{{"name", name},
            {"cat", category},
            {"ph", "X"},
            {"ts", microseconds(start_ns)},
            {"dur", microseconds(end_ns - start_ns)},
            {"pid", place.process},
            {"tid", place.thread}};
  if (!arguments.empty()) add(json["args"], arguments);
  write(json.dump());
}

void TraceWriter::instant(TracePlace place, const std::string& name, const std::string& category,
                          std::int64_t time_ns, const TraceFields& arguments) {
  Json json{{"name", name},
            {"cat", category},
            {"ph", "i"},
            {"s", "t"},
            {"ts", microseconds(time_ns)},
            {"pid", place.process},
            {"tid", place.thread}};
  if (!arguments.empty()) add(json["args"], arguments);
  write(json.dump());
}

void TraceWriter::counter(TracePlace place, const std::string& name, std::int64_t time_ns,
                          double value) {
  write(Json{{"name", name},
             {"ph", "C"},
             {"ts", microseconds(time_ns)},
             {"pid", place.process},
             {"tid", place.thread},
             {"args", {{"value", value}}}}
            .dump());
}

void TraceWriter::finish() { stream_ << "\n]}\n"; }

void refuse_other_than_trace(const std::string& path) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(path, error))) return;
  std::string begin(begin_of_trace.size(), '\0');
  if (fs::is_regular_file(path, error))
    std::ifstream(path, std::ios::binary)
        .read(begin.data(), static_cast<std::streamsize>(begin.size()));
  if (begin != begin_of_trace)
    throw InputError(Location{path, 0, 0},
                     "is there already and is no trace of longhaul; give another file with "
                     "--trace, or move it away");
}

TraceFile::TraceFile(const std::string& path) : whole_(path) {
  refuse_other_than_trace(path);
  aside_ =
      whole_.parent_path() / fmt::format(".{}.{}.unfinished", whole_.filename().string(), getpid());
  errno = 0;
  file_.open(aside_, std::ios::binary);
  if (!file_) fail(errno);
}

TraceFile::~TraceFile() {
  if (finished_) return;
  file_.close();
  std::error_code ignored;
  fs::remove(aside_, ignored);
}

std::ostream& TraceFile::stream() {
  errno = 0;
  return file_;
}

void TraceFile::finish() {
  file_.close();
  if (!file_) fail(errno);
  std::error_code error;
  fs::rename(aside_, whole_, error);
  if (error) fail(error.value());
  finished_ = true;
}

void TraceFile::fail(int error_number) const {
  throw InputError(Location{whole_.string(), 0, 0},
                   fmt::format("cannot be written: {}",
                               std::error_code(error_number, std::generic_category()).message()));
}

}  // namespace longhaul::report
