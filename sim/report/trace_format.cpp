#include "report/trace_format.hpp"

#include <nlohmann/json.hpp>

namespace longhaul::report {
namespace {

using Json = nlohmann::ordered_json;

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
  stream_ << trace_files.begin << json.dump() << ",\n\"traceEvents\":[";
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

}  // namespace longhaul::report
