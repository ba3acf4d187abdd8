#include "report/tables.hpp"

#include <fmt/format.h>

#include "diagnostics/diagnostic.hpp"

namespace longhaul::report {

std::ofstream opened(const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  if (!file) throw InputError(Location{path, 0, 0}, "cannot be written");
  return file;
}

void finished(std::ofstream& file, const std::string& path) {
  file.close();
  if (!file)
    throw InputError(Location{path, 0, 0}, "could not be written to its end; is the disk full?");
}

std::string csv_text(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

EventTable::EventTable(const std::string& path, const scenario::Scenario& scenario)
    : path_(path), file_(opened(path)), scenario_(scenario) {
  file_ << "time_s,date,event,cause,node,step,duration_s\n";
}

void EventTable::write(const operations::RunEvent& event) {
  std::string cause;
  if (event.cause >= 0)
    cause = csv_text(scenario_.failures.causes->causes[static_cast<std::size_t>(event.cause)].name);
  file_ << fmt::format("{:.6f},{},{},{},{},{},{:.6f}\n", event.time.value(),
                       format_date(after(scenario_.start, event.time)), key_of(event.kind), cause,
                       event.node >= 0 ? fmt::format("{}", event.node) : "", event.step,
                       event.duration.value());
}

void EventTable::close() { finished(file_, path_); }

TimelineTable::TimelineTable(const std::string& path, const scenario::Scenario& scenario,
                             Tokens per_step)
    : path_(path), file_(opened(path)), scenario_(scenario), per_step_(per_step) {
  file_ << "time_s,date,state,steps,tokens,redone_steps,nodes_free,nodes_down,energy_j,"
           "mean_power_w\n";
}

void TimelineTable::write(const operations::RunSample& sample) {
  const Seconds span = sample.time - last_time_;
  const double power_w = span > seconds(0) ? ((sample.energy - last_energy_) / span).value() : 0.0;
  file_ << fmt::format("{:.3f},{},{},{},{},{},{},{},{:.6e},{:.6e}\n", sample.time.value(),
                       format_date(after(scenario_.start, sample.time)), sample.state, sample.steps,
                       static_cast<double>(sample.steps) * per_step_.value(), sample.redone_steps,
                       sample.nodes_free, sample.nodes_down, sample.energy.value(), power_w);
  last_time_ = sample.time;
  last_energy_ = sample.energy;
}

void TimelineTable::close() { finished(file_, path_); }

}  // namespace longhaul::report
