// events.csv and timeline.csv, written line by line as the run goes.
#pragma once

#include <fstream>
#include <string>

#include "operations/run.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::report {

/// A text as one field of a CSV table (RFC 4180): in quotes where it holds a comma, a quote or the
/// end of a line.
std::string csv_text(const std::string& text);

/// A file to write a table to. Throws InputError when it cannot be written.
std::ofstream opened(const std::string& path);
/// Closes it; throws InputError when not all of it could be written.
void finished(std::ofstream& file, const std::string& path);

/// One line an event; columns in scenarios/README.md.
class EventTable {
 public:
  /// Throws InputError when the file cannot be written.
  EventTable(const std::string& path, const scenario::Scenario& scenario);
  void write(const operations::RunEvent& event);
  void close();

 private:
  std::string path_;
  std::ofstream file_;
  const scenario::Scenario& scenario_;
};

/// One line a sample.
class TimelineTable {
 public:
  TimelineTable(const std::string& path, const scenario::Scenario& scenario, Tokens per_step);
  void write(const operations::RunSample& sample);
  void close();

 private:
  std::string path_;
  std::ofstream file_;
  const scenario::Scenario& scenario_;
  Tokens per_step_;
  Seconds last_time_;
  Joules last_energy_;
};

}  // namespace longhaul::report
