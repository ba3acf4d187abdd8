#include "report/provenance.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <memory>

#include "report/version.hpp"
#include "scenario/toml_files.hpp"

namespace longhaul::report {

std::string sha256_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest(EVP_MD_CTX_new(),
                                                                  EVP_MD_CTX_free);
  if (!file || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1) return {};
  std::array<char, 65536> buffer{};
  while (file.read(buffer.data(), buffer.size()) || file.gcount() > 0)
    EVP_DigestUpdate(digest.get(), buffer.data(), static_cast<std::size_t>(file.gcount()));
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(digest.get(), hash.data(), &size);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", hash[i]);
  return hex;
}

std::string version_text() { return fmt::format("{} ({})", program_version, git_revision); }

Provenance make_provenance(std::int64_t seed, const std::vector<std::string>& files,
                           const std::string& calibration, engine::Clock clock) {
  Provenance p;
  p.version = program_version;
  p.revision = git_revision;
  p.seed = seed;
  for (const auto& file : files)
    p.inputs.push_back({file, sha256_of_file(scenario::in_traces(file))});
  p.calibration = calibration;
  p.simgrid = engine::simgrid_version();
  p.simgrid_settings = engine::simgrid_settings(clock);
  return p;
}

}  // namespace longhaul::report
