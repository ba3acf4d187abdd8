#include "report/figure.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "diagnostics/diagnostic.hpp"
#include "scenario/scenario_file.hpp"

extern char** environ;  // NOLINT(readability-identifier-naming): POSIX

namespace longhaul::report {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 3> formats{"svg", "pdf", "png"};

/// Fonts are 8 pt and lines alike on paper in all; each terminal has a unit of its own.
std::string terminal(std::string_view format, const FigureSize& size) {
  // The PNG has 288 dots an inch; the SVG counts CSS's 96 pixels an inch.
  const auto pixels = [&](double per_inch) {
    return fmt::format("{:.0f},{:.0f}", size.width_in * per_inch, size.height_in * per_inch);
  };
  if (format == "pdf")
    return fmt::format("pdfcairo size {}in,{}in font 'DejaVu Sans,8' fontscale 0.75", size.width_in,
                       size.height_in);
  if (format == "png")
    return fmt::format("pngcairo size {} font 'DejaVu Sans,8' fontscale 3 linewidth 3 pointscale 3",
                       pixels(288));
  return fmt::format(
      "svg size {} font 'DejaVu Sans,Arial,8' fontscale 1.333 linewidth 1.333 background 'white'",
      pixels(96));
}

/// As a string of gnuplot's.
std::string quoted(const std::string& given) {
  std::string text = "'";
  for (const char c : given) {
    if (c == '\n' || c == '\0')
      throw InputError(Location{given, 0, 0},
                       "a name with a line break cannot be given to gnuplot");
    text += c;
    if (c == '\'') text += c;
  }
  return text + "'";
}

/// All of a pipe; closes it.
std::string read_to_end(int pipe) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = read(pipe, buffer.data(), buffer.size())) != 0;) {
    if (n > 0) text.append(buffer.data(), static_cast<std::size_t>(n));
    if (n < 0 && errno != EINTR) break;
  }
  close(pipe);
  return text;
}

struct Ended {
  int status = 0;       // as waitpid tells
  std::string message;  // what it printed
};

/// Runs a program of $PATH; its output is not the user's. Throws std::system_error when it cannot
/// be started.
Ended run_program(std::vector<std::string> arguments) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "opening a pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  pid_t child = -1;
  const int error = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    throw std::system_error(error, std::generic_category(), arguments[0]);
  }
  Ended ended;
  ended.message = read_to_end(ends[0]);
  while (waitpid(child, &ended.status, 0) < 0)
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), arguments[0]);
  return ended;
}

/// Without blank lines and those that point at a place in the script.
std::string told(const std::string& message) {
  std::istringstream lines(message);
  std::vector<std::string> kept;
  for (std::string line; std::getline(lines, line);)
    if (line.find_first_not_of(" \t^") != std::string::npos) kept.push_back(line);
  return fmt::format("{}", fmt::join(kept, "\n  "));
}

/// gnuplot goes on without data that it cannot read, and would leave a curve out.
bool lacks_data(const std::string& message) {
  return message.find("Skipping data file") != std::string::npos ||
         message.find("Cannot find or open file") != std::string::npos;
}

void run_gnuplot(const std::string& prelude, const fs::path& script) {
  const auto style = fs::path(scenario::data_folder()) / "scenarios/figures/style.gp";
  Ended ended;
  try {
    ended = run_program({"gnuplot", "-d", "-e", prelude, fs::absolute(style).string(),
                         fs::absolute(script).string()});
  } catch (const std::system_error& problem) {
    if (problem.code() != std::errc::no_such_file_or_directory) throw;
    throw InputError(Location{script.string(), 0, 0},
                     "gnuplot is not installed; apt-get install gnuplot-nox");
  }
  if (ended.status == 0 && !lacks_data(ended.message)) return;
  auto message = told(ended.message);
  if (WIFSIGNALED(ended.status))
    message = fmt::format("it was ended by signal {}", WTERMSIG(ended.status));
  throw InputError(Location{script.string(), 0, 0},
                   fmt::format("gnuplot cannot draw it:\n  {}", message));
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError(Location{path.string(), 0, 0}, "cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw InputError(Location{path.string(), 0, 0}, "cannot be written");
}

/// Cairo writes the time of day into a PDF. The places of other objects must stay.
void blank_creation_date(const fs::path& pdf) {
  auto text = text_of(pdf);
  const auto begin = text.find("/CreationDate (");
  if (begin == std::string::npos) return;
  for (auto i = begin; i < text.size() && text[i] != '\n'; ++i) text[i] = ' ';
  write_text(pdf, text);
}

fs::path aside_of(const fs::path& folder, const std::string& name, std::string_view format) {
  return folder / fmt::format(".{}.{}.{}.unfinished", name, format, getpid());
}

/// Names beside the final ones, for what is not whole yet; takes away what was not put in place.
class Unfinished {
 public:
  Unfinished(const fs::path& folder, const std::string& name) : folder_(folder), name_(name) {}
  ~Unfinished() {
    std::error_code ignored;
    for (const char* format : formats) fs::remove(aside(format), ignored);
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  fs::path aside(const char* format) const { return aside_of(folder_, name_, format); }
  void put_in_place() const {
    for (const char* format : formats)
      fs::rename(aside(format), folder_ / fmt::format("{}.{}", name_, format));
  }

 private:
  fs::path folder_;
  std::string name_;
};

/// The first lines that are neither blank nor a heading, as one.
std::string first_paragraph(const fs::path& readme) {
  std::istringstream lines(text_of(readme));
  std::string paragraph;
  for (std::string line; std::getline(lines, line);) {
    const bool ends = line.find_first_not_of(" \t\r") == std::string::npos || line[0] == '#';
    if (ends && !paragraph.empty()) break;
    if (!ends) paragraph += (paragraph.empty() ? "" : " ") + line;
  }
  if (paragraph.empty())
    throw InputError(Location{readme.string(), 0, 0},
                     "has no paragraph to be the caption of the figure");
  return paragraph;
}

/// A variable of the script: the path of a file, '' where there is none.
std::string path_variable(const char* name, const fs::path& file) {
  return fmt::format("; {} = {}", name,
                     fs::is_regular_file(file) ? quoted(fs::absolute(file).string()) : "''");
}

/// One picture of a script into a file that is put in place later.
void draw_one(std::string_view format, const FigureSize& size, const std::string& variables,
              const fs::path& script, const fs::path& aside) {
  run_gnuplot(fmt::format("set terminal {}; set output {}", terminal(format, size),
                          quoted(fs::absolute(aside).string())) +
                  variables,
              script);
  if (!fs::exists(aside) || fs::file_size(aside) == 0)
    throw InputError(Location{script.string(), 0, 0}, "plots nothing");
  if (format == "pdf") blank_creation_date(aside);
}

}  // namespace

FigureSize figure_size(const fs::path& folder) {
  std::istringstream text(text_of(folder / "plot.gp"));
  std::string line;
  std::getline(text, line);
  std::istringstream words(line);
  FigureSize size;
  std::string hash, unit, by, also_unit;
  if (!(words >> hash >> size.width_in >> unit >> by >> size.height_in >> also_unit) ||
      hash != "#" || unit != "in" || by != "x" || also_unit != "in")
    return {};
  constexpr double least_in = 0.5;
  constexpr double most_in = 20;
  if (std::min(size.width_in, size.height_in) < least_in ||
      std::max(size.width_in, size.height_in) > most_in)
    throw InputError(Location{(folder / "plot.gp").string(), 1, 1},
                     fmt::format("a figure is {} in to {} in wide and high", least_in, most_in));
  return size;
}

void draw_figure(const fs::path& folder, const fs::path& data_folder, const fs::path& out_folder,
                 const std::string& name, const FigureSize& size) {
  const auto script = folder / "plot.gp";
  const auto data = data_folder / "data.csv";
  for (const auto& file : {script, data})
    if (!fs::is_regular_file(file))
      throw InputError(Location{file.string(), 0, 0}, "a figure needs this file");
  const auto inputs = path_variable("data", data) +
                      path_variable("summary", data_folder / "summary.csv") +
                      path_variable("points", data_folder / "points.csv") +
                      path_variable("published", folder / "published.csv");
  fs::create_directories(out_folder);
  const Unfinished files(out_folder, name);
  for (const char* format : formats) draw_one(format, size, inputs, script, files.aside(format));
  files.put_in_place();
}

std::string figure_format(const std::string& file) {
  const auto ending = fs::path(file).extension().string();
  for (const char* format : formats)
    if (ending == fmt::format(".{}", format)) return format;
  throw InputError(Location{file, 0, 0},
                   "a figure is an .svg, a .pdf or a .png; give it one of these endings");
}

void draw_file(const fs::path& script, const ScriptVariables& variables, const std::string& file,
               const FigureSize& size) {
  const auto format = figure_format(file);
  std::string all;
  for (const auto& [name, text] : variables) all += fmt::format("; {} = {}", name, quoted(text));
  const fs::path whole(file);
  const auto aside = aside_of(whole.parent_path(), whole.stem().string(), format);
  try {
    draw_one(format, size, all, script, aside);
    fs::rename(aside, whole);
  } catch (...) {
    std::error_code ignored;
    fs::remove(aside, ignored);
    throw;
  }
}

void write_caption(const fs::path& folder, const fs::path& out_folder, const std::string& name,
                   const Provenance& p) {
  std::string text = first_paragraph(folder / "README.md") + "\n\n";
  text += fmt::format("longhaul {} ({}), seed {}\n", p.version, p.revision, p.seed);
  if (!p.calibration.empty()) text += fmt::format("constants {}\n", p.calibration);
  std::vector<std::string> settings;
  for (const auto& [key, value] : p.simgrid_settings)
    settings.push_back(fmt::format("{}:{}", key, value));
  text += fmt::format("SimGrid {} {}\n", p.simgrid, fmt::join(settings, " "));
  for (const auto& input : p.inputs)
    text += fmt::format("input {} sha256 {}\n", input.path, input.sha256);
  text += fmt::format("run time {:.1f} s\n", p.wall_s);
  fs::create_directories(out_folder);
  write_text(out_folder / (name + ".txt"), text);
}

}  // namespace longhaul::report
