#include "report/figure.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "diagnostics/diagnostic.hpp"

using namespace longhaul;
namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A tiny figure, in a folder whose name gnuplot must be given with care.
struct TinyFigure {
  TinyFigure() {
    std::string made = (fs::temp_directory_path() / "longhaul-figure-XXXXXX").string();
    root = mkdtemp(made.data());
    folder = root / "it's one";
    fs::create_directories(folder);
    fs::create_directories(root / "data");
    write(folder / "README.md",
          "# Goodput\n\nGoodput of a run\nby its GPUs.\n\nMore words, which no caption needs.\n");
    write(folder / "published.csv", "gpus,goodput\n16,0.9\n32,0.7\n");
    write(root / "data/data.csv", "gpus,goodput\n16,0.95\n32,0.80\n64,0.55\n");
    plot(
        "set xlabel 'GPUs'\nset ylabel 'goodput [0-1]'\n"
        "plot data using 'gpus':'goodput' with linespoints title 'simulated', \\\n"
        "     published using 'gpus':'goodput' with points lt 2 title 'published'\n");
  }
  ~TinyFigure() { fs::remove_all(root); }
  TinyFigure(const TinyFigure&) = delete;
  TinyFigure& operator=(const TinyFigure&) = delete;

  static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
  void plot(const std::string& script) const { write(folder / "plot.gp", script); }
  void draw(const char* out = "out") const {
    report::draw_figure(folder, root / "data", root / out, "tiny");
  }
  std::set<std::string> made(const char* out = "out") const {
    std::set<std::string> names;
    if (fs::exists(root / out))
      for (const auto& entry : fs::directory_iterator(root / out))
        names.insert(entry.path().filename().string());
    return names;
  }
  /// What drawing complains about; empty when it draws.
  std::string complaint() const {
    try {
      draw();
    } catch (const InputError& problem) {
      return problem.what();
    }
    return {};
  }

  fs::path root, folder;
};

bool skips() {
  const bool has_gnuplot = std::system("gnuplot --version > /dev/null 2>&1") == 0;
  if (!has_gnuplot) MESSAGE("skipped: gnuplot is not installed");
  return !has_gnuplot;
}

}  // namespace

TEST_CASE("a figure is drawn three times, with its axes and both sets of data") {
  if (skips()) return;
  const TinyFigure figure;
  figure.draw();
  CHECK(figure.made() == std::set<std::string>{"tiny.pdf", "tiny.png", "tiny.svg"});
  const auto svg = text_of(figure.root / "out/tiny.svg");
  for (const char* label : {"GPUs", "goodput [0-1]", "simulated", "published"})
    CHECK_MESSAGE(svg.find(label) != std::string::npos, label);
  CHECK(svg.find("width=\"326\" height=\"230\"") != std::string::npos);  // 3.4 in, 2.4 in
  CHECK(text_of(figure.root / "out/tiny.pdf").find("/MediaBox [ 0 0 244 172 ]") !=
        std::string::npos);  // in points
  const auto png = text_of(figure.root / "out/tiny.png");
  CHECK(png.substr(1, 3) == "PNG");
  CHECK(static_cast<unsigned char>(png[18]) * 256 + static_cast<unsigned char>(png[19]) == 979);
}

TEST_CASE("a figure has the size that the first line of its script asks for") {
  const TinyFigure figure;
  CHECK(report::figure_size(figure.folder).height_in == 2.4);
  figure.plot("# 7 in x 3.25 in\nplot 1\n");
  CHECK(report::figure_size(figure.folder).width_in == 7);
  CHECK(report::figure_size(figure.folder).height_in == 3.25);
  for (const char* line : {"# 86 mm x 60 mm\n", "# goodput by GPUs\n", "\n# 7 in x 3 in\n"}) {
    figure.plot(line);
    CHECK_MESSAGE(report::figure_size(figure.folder).width_in == 3.4, line);
  }
  figure.plot("# 340 in x 240 in\n");
  CHECK_THROWS_AS(report::figure_size(figure.folder), InputError);
}

TEST_CASE("a script finds the tables beside data.csv, and '' for those that are not there") {
  if (skips()) return;
  const TinyFigure figure;
  TinyFigure::write(figure.root / "data/points.csv", "gpus,goodput\n16,0.9\n");
  figure.plot(
      "if (summary ne '') { exit error 'there is none' }\n"
      "plot data using 1:2, points using 1:2, published using 1:2\n");
  CHECK(figure.complaint() == "");
}

TEST_CASE("a figure drawn twice has the same bytes, whatever the time of day") {
  if (skips()) return;
  const TinyFigure figure;
  figure.draw("a");
  usleep(1'100'000);  // PDF dates count seconds
  figure.draw("b");
  for (const char* file : {"tiny.svg", "tiny.pdf", "tiny.png"})
    CHECK_MESSAGE(text_of(figure.root / "a" / file) == text_of(figure.root / "b" / file), file);
}

TEST_CASE("a figure without published data draws what there is") {
  if (skips()) return;
  const TinyFigure figure;
  fs::remove(figure.folder / "published.csv");
  figure.plot(
      "if (published ne '') { exit error 'there is none' }\n"
      "plot data using 1:2 with lines\n");
  CHECK(figure.complaint() == "");
}

TEST_CASE("what gnuplot says of a wrong script is the error, and nothing is left") {
  if (skips()) return;
  const TinyFigure figure;
  struct Case {
    const char *script, *says;
  };
  for (const auto& [script, says] :
       {Case{"set xlable 'x'\nplot data using 1:2\n", "unrecognized option"},
        Case{"plot data using 'gpus':'goodputt'\n", "goodputt"},
        Case{"plot data using 1:2, 'none.csv' using 1:2\n", "Cannot find or open file"},
        Case{"plot data using 1:7, data using 1:2\n", "Skipping data file with no valid points"},
        Case{"x = 1\n", "plots nothing"}}) {
    figure.plot(script);
    const auto complaint = figure.complaint();
    CAPTURE(complaint);
    CHECK(complaint.find("plot.gp: error: ") != std::string::npos);
    CHECK(complaint.find(says) != std::string::npos);
    CHECK(figure.made().empty());
  }
  fs::remove(figure.root / "data/data.csv");
  CHECK(figure.complaint().find("data.csv: error: a figure needs this file") != std::string::npos);
}

TEST_CASE("an earlier figure stays when the next one cannot be drawn") {
  if (skips()) return;
  const TinyFigure figure;
  figure.draw();
  const auto before = text_of(figure.root / "out/tiny.svg");
  figure.plot("plot nothing\n");
  CHECK_FALSE(figure.complaint().empty());
  CHECK(text_of(figure.root / "out/tiny.svg") == before);
  CHECK(figure.made().size() == 3);
}

TEST_CASE("without gnuplot the error says what to install") {
  const TinyFigure figure;
  const char* had = std::getenv("PATH");
  const std::string path = had == nullptr ? "" : had;
  setenv("PATH", (figure.root / "nowhere").c_str(), 1);
  const auto complaint = figure.complaint();
  setenv("PATH", path.c_str(), 1);
  CHECK(complaint.find("gnuplot is not installed; apt-get install gnuplot-nox") !=
        std::string::npos);
  CHECK(figure.made().empty());
}

TEST_CASE("a caption is the README's first paragraph and where the figure comes from") {
  const TinyFigure figure;
  report::Provenance p;
  p.version = "1.2.3";
  p.revision = "0123456789ab";
  p.seed = 42;
  p.calibration = "h100";
  p.simgrid = "3.32";
  p.simgrid_settings = {{"network/model", "CM02"}};
  p.inputs = {{"a.toml", "ff"}};
  p.wall_s = 17.04;
  report::write_caption(figure.folder, figure.root / "out", "tiny", p);
  CHECK(text_of(figure.root / "out/tiny.txt") ==
        "Goodput of a run by its GPUs.\n\nlonghaul 1.2.3 (0123456789ab), seed 42\nconstants h100\n"
        "SimGrid 3.32 network/model:CM02\ninput a.toml sha256 ff\nrun time 17.0 s\n");
  TinyFigure::write(figure.folder / "README.md", "# Goodput\n\n");
  CHECK_THROWS_AS(report::write_caption(figure.folder, figure.root / "out", "tiny", p), InputError);
}
