// What is said of [wall] that has no wall to find.
#include <doctest/doctest.h>

#include <string>

#include "files.hpp"

namespace longhaul::scenario {
namespace {

const std::string cluster = "[cluster]\nplatform = \"" LONGHAUL_SOURCE_ROOT
                            "/platforms/clusters/dgx_h100_superpod.toml\"\n\n";

std::string said_of(const std::string& wall, const std::string& of_cluster = cluster) {
  const Files files;
  return complaints(files, files.write("wall.toml", of_cluster + wall), {}, Purpose::Wall);
}
bool says(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return true;
  MESSAGE(text);
  return false;
}

const std::string good = "[wall]\nmonths = 3.0\nbatch_law = \"deepseek-2024\"\n";

TEST_CASE("a platform, months and a batch law are enough for a wall") {
  CHECK(said_of(good).empty());
}

TEST_CASE("laws by an unknown name are refused at their place, with those there are") {
  CHECK(says(said_of("[wall]\nmonths = 3.0\nbatch_law = \"deepseek-2025\"\n"),
             "wall.toml:6:13: error: there is no batch law 'deepseek-2025'; did you mean "
             "'deepseek-2024'?"));
  CHECK(says(said_of(good + "model_law = \"chinchilla\"\n"),
             "wall.toml:7:13: error: there is no model law 'chinchilla'; take "
             "tokens-per-parameter, hoffmann-2022, besiroglu-2024"));
  CHECK(says(said_of(good + "depth_law = \"power-0.28\"\n"),
             "wall.toml:7:13: error: there is no depth law 'power-0.28'; did you mean "
             "'power-0.27'?"));
}

TEST_CASE("months of zero are refused at their place") {
  CHECK(says(said_of("[wall]\nmonths = 0.0\nbatch_law = \"deepseek-2024\"\n"),
             "wall.toml:5:10: error: wall.months = 0"));
}

TEST_CASE("sequences that ranks cannot share and models that have no shape are refused") {
  CHECK(says(said_of(good + "sequence = 2047\n"), "wall.toml:7:12: error: wall.sequence = 2047"));
  CHECK(says(said_of(good + "from = \"1e20 FLOP\"\n"),
             "wall.toml:7:8: error: the model of 1e+20 FLOP has 9.1e+08 parameters"));
  CHECK(said_of(good + "sequence = 2112\nfrom = \"1.3e20 FLOP\"\n").empty());
}

TEST_CASE("a platform that cannot grow is refused with what would") {
  CHECK(says(said_of(good, "[cluster]\nplatform = \"" LONGHAUL_SOURCE_ROOT
                           "/platforms/clusters/ub_mesh_pod.toml\"\n\n"),
             "there is no rule for how hyperx grows; take fat_tree, three_layer_clos or torus"));
  CHECK(says(said_of(good, ""), "a wall needs a platform to grow"));
}

TEST_CASE("a power law of the batch wants an anchor with its source, and no other size") {
  const std::string law = "[wall]\nmonths = 3.0\nbatch_law = \"cube-root-parameters\"\n";
  CHECK(says(said_of(law),
             "wall.toml:6:13: error: the batch law cube-root-parameters has no published factor; "
             "give anchor, where it holds and anchor_source"));
  CHECK(says(said_of(law + "anchor = \"4M tokens\"\nanchor_data = \"1e12 tokens\"\n"
                           "anchor_source = \"a test\"\n"),
             "wall.toml:7:10: error: the batch law cube-root-parameters is anchored with a batch "
             "and the number of parameters that it holds at and no other size"));
  CHECK(says(said_of(law + "anchor = \"4M tokens\"\nanchor_parameters = 1e11\n"),
             "needs a source: who says so"));
  CHECK(says(said_of("[wall]\nmonths = 3.0\nbatch_law = \"kaplan-2020\"\n"),
             "the batch law kaplan-2020 follows the loss; take a model_law that gives it"));
}

TEST_CASE("batches of less than a sequence, and of more than can be counted, are refused") {
  const std::string fixed =
      "[wall]\nmonths = 3.0\nbatch_law = \"fixed\"\nanchor_source = \"a test\"\n";
  CHECK(
      says(said_of(fixed + "anchor = \"100 tokens\"\n"),
           "wall.toml:6:13: error: the batch of 1e+24 FLOP is 1e+02 tokens, less than a sequence; "
           "take a shorter wall.sequence or another wall.from"));
  CHECK(says(said_of(fixed + "anchor = \"1e20 tokens\"\n"),
             "the batch of 1e+33 FLOP is 1e+20 tokens, more than 1e+12 sequences; take another "
             "wall.to, or a smaller anchor"));
  CHECK(says(said_of(good + "batch_over_critical = 1e300\n"), "more than 1e+12 sequences"));
  // D = sqrt(1e24 / 6 x 20) = 1.8e12 tokens.
  CHECK(says(said_of(fixed + "anchor = \"2e12 tokens\"\n"),
             "the batch of 1e+24 FLOP is 2e+12 tokens, more than the run has: less than one step"));
  CHECK(says(said_of(good + "[run.across_sites]\nmethod = \"diloco\"\nsites = 2\n"),
             "a wall is that of runs in one place"));
}

TEST_CASE("what is no question is refused") {
  CHECK(says(said_of(""), "there is no wall to find; give [wall]"));
  CHECK(says(said_of(good + "from = \"1e30 FLOP\"\nto = \"1e24 FLOP\"\n"),
             "wall.toml:8:6: error: compute goes from wall.from to wall.to"));
  CHECK(says(said_of(good + "[[wall.variant]]\nname = \"another\"\n"),
             "a variant is another scenario; give scenario = \"FILE.toml\""));
  const Files files;
  CHECK(says(complaints(files, files.write("wall.toml", "title = \"x\"\n" + cluster + good)),
             "[wall] is no run; ask `longhaul wall` with this file"));
}

}  // namespace
}  // namespace longhaul::scenario
