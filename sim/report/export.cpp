#include "report/export.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "report/tables.hpp"

namespace longhaul::report {

namespace {

using experiment::Cell;
using experiment::StoreReader;
using Json = nlohmann::ordered_json;

constexpr std::array<double, 5> shares{0.05, 0.25, 0.5, 0.75, 0.95};
constexpr std::array<const char*, 5> share_names{"p5", "p25", "p50", "p75", "p95"};

/// One row, column by column: the same for both formats.
using Row = std::vector<std::pair<std::string, Cell>>;

class Writer {
 public:
  Writer(std::ostream& out, ExportFormat format) : out_(out), format_(format) {}

  void head(const Row& row) {
    if (format_ != ExportFormat::Csv) return;
    line_.clear();
    for (const auto& [name, cell] : row) line_ += (line_.empty() ? "" : ",") + csv_text(name);
    out_ << line_ << '\n';
  }

  void write(const Row& row) {
    if (format_ == ExportFormat::JsonLines) {
      Json json = Json::object();
      for (const auto& [name, cell] : row) json[name] = json_of(cell);
      out_ << json.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
      return;
    }
    line_.clear();
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line_ += ',';
      line_ += csv_text(cell_text(row[i].second));
    }
    out_ << line_ << '\n';
  }

 private:
  static Json json_of(const Cell& cell) {
    if (const auto* whole = std::get_if<std::int64_t>(&cell)) return *whole;
    if (const auto* real = std::get_if<double>(&cell))
      return std::isfinite(*real) ? Json(*real) : Json(nullptr);
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    return nullptr;
  }

  std::ostream& out_;
  ExportFormat format_;
  std::string line_;
};

Cell or_nothing(double value) { return std::isfinite(value) ? Cell(value) : Cell(); }

/// NULL where it is empty, so that JSON says null.
Cell text_cell(const std::string& text) { return text.empty() ? Cell() : Cell(text); }

void export_each(const StoreReader& store, const std::vector<std::string>& metrics,
                 const ExportOptions& options, Writer& writer) {
  Row row{{"combination", {}}, {"repeat", {}}, {"seed", {}}, {"error", {}}};
  for (const auto& axis : store.record().axes) row.emplace_back(axis.key, Cell());
  for (const auto& metric : metrics) row.emplace_back(metric, Cell());
  if (options.timing) row.emplace_back("wall_s", Cell());
  if (options.resolved) row.emplace_back("scenario", Cell());
  writer.head(row);
  store.for_each(metrics, [&](const StoreReader::Row& point) {
    std::size_t i = 0;
    const auto put = [&](Cell cell) { row[i++].second = std::move(cell); };
    put(point.combination);
    put(point.repeat);
    put(point.seed);
    put(text_cell(point.error));
    for (const auto& value : point.axes) put(value);
    for (const auto& value : point.metrics) put(value);
    if (options.timing) put(point.wall_s);
    if (options.resolved)
      put(text_cell(store.resolved(point.combination, point.repeat).value_or("")));
    writer.write(row);
  });
}

void export_summary(const StoreReader& store, const std::vector<std::string>& metrics,
                    const ExportOptions& options, Writer& writer) {
  Row row{{"combination", {}}};
  for (const auto& axis : store.record().axes) row.emplace_back(axis.key, Cell());
  for (const char* column :
       {"metric", "n", "failed", "mean", "standard_deviation", "low", "high", "minimum"})
    row.emplace_back(column, Cell());
  for (const char* column : share_names) row.emplace_back(column, Cell());
  row.emplace_back("maximum", Cell());
  writer.head(row);
  for_each_combination(store, metrics, options.confidence, [&](const CombinationStatistics& c) {
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      const auto& s = c.metrics[m];
      std::size_t i = 0;
      const auto put = [&](Cell cell) { row[i++].second = std::move(cell); };
      put(c.combination);
      for (const auto& value : c.axes) put(value);
      put(metrics[m]);
      put(s.n);
      put(c.n_failed);
      put(or_nothing(s.mean));
      put(or_nothing(s.standard_deviation));
      put(s.interval ? Cell(s.interval->low) : Cell());
      put(s.interval ? Cell(s.interval->high) : Cell());
      put(or_nothing(s.minimum));
      for (const double value : experiment::percentiles(c.samples[m], shares))
        put(or_nothing(value));
      put(or_nothing(s.maximum));
      writer.write(row);
    }
  });
}

void export_means(const StoreReader& store, const std::vector<std::string>& metrics,
                  const ExportOptions& options, Writer& writer) {
  Row row{{"combination", {}}};
  for (const auto& axis : store.record().axes) row.emplace_back(axis.key, Cell());
  for (const char* column : {"n", "failed"}) row.emplace_back(column, Cell());
  for (const auto& metric : metrics)
    for (const char* end : {"", "_low", "_high"}) row.emplace_back(metric + end, Cell());
  writer.head(row);
  for_each_combination(store, metrics, options.confidence, [&](const CombinationStatistics& c) {
    std::size_t i = 0;
    const auto put = [&](Cell cell) { row[i++].second = std::move(cell); };
    put(c.combination);
    for (const auto& value : c.axes) put(value);
    put(c.n_points - c.n_failed);
    put(c.n_failed);
    for (const auto& s : c.metrics) {
      put(or_nothing(s.mean));
      put(s.interval ? Cell(s.interval->low) : Cell());
      put(s.interval ? Cell(s.interval->high) : Cell());
    }
    writer.write(row);
  });
}

std::optional<double> number_in(const Cell& cell) {
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&cell); real != nullptr && std::isfinite(*real))
    return *real;
  return std::nullopt;
}

}  // namespace

std::string cell_text(const Cell& cell) {
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return fmt::format("{}", *whole);
  if (const auto* real = std::get_if<double>(&cell)) return fmt::format("{}", *real);
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return {};
}

void for_each_combination(const StoreReader& store, const std::vector<std::string>& metrics,
                          double confidence,
                          const std::function<void(const CombinationStatistics&)>& visit) {
  CombinationStatistics current;
  const auto finish = [&] {
    if (current.n_points == 0) return;
    current.metrics.clear();
    for (const auto& sample : current.samples)
      current.metrics.push_back(experiment::statistics(sample, confidence));
    visit(current);
  };
  store.for_each(metrics, [&](const StoreReader::Row& row) {
    if (current.n_points == 0 || row.combination != current.combination) {
      finish();
      current = {row.combination, 0, 0, row.axes, {}, {}};
      current.samples.resize(metrics.size());
    }
    ++current.n_points;
    if (!row.error.empty()) ++current.n_failed;
    for (std::size_t m = 0; m < metrics.size(); ++m)
      if (const auto value = number_in(row.metrics[m])) current.samples[m].push_back(*value);
  });
  finish();
}

void export_points(const StoreReader& store, const ExportOptions& options, std::ostream& out) {
  const auto& metrics = options.metrics.empty() ? store.metrics() : options.metrics;
  Writer writer(out, options.format);
  if (options.summary)
    export_summary(store, metrics, options, writer);
  else if (options.means)
    export_means(store, metrics, options, writer);
  else
    export_each(store, metrics, options, writer);
}

}  // namespace longhaul::report
