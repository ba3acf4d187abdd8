// A run as it would be on other GPUs than its plan asks for.
#pragma once

#include <cstdint>
#include <string>

#include "scenario/scenario.hpp"

namespace longhaul::scenario {

/// The run with another data-parallel degree and batch, of which each replica takes as many
/// sequences as the fullest.
Run with_data(const Run& run, std::int64_t data, std::int64_t sequences);

/// A run across sites, as if each had as many replicas as the fullest where they do not divide
/// among the sites: sites are alike to the closed forms, and all wait for the fullest. Replicas
/// keep the sequences that they have. Any other run as it is.
Run with_even_sites(const Run& run);

/// GPUs that a job asks for on a platform, whose slots they are.
std::int64_t gpus_of(const scheduling::Job& job, const Platform& platform);

/// GPUs of a replica of a plan.
std::int64_t replica_gpus(const training::Plan& plan);

/// Sequences of a step of a job that trains the run's model on `gpus`, whole replicas: for each as
/// many as the plan's replicas have.
std::int64_t sequences_on(const Run& run, std::int64_t gpus);

/// Why a job that asks for `own` GPUs cannot go on with its batch on `gpus` of them, and what would
/// be right: they are no whole nodes or replicas, or more than the platform has, or plan, model,
/// batch and memory do not go together. Empty where it can. Of a scenario with a platform and a
/// model.
std::string misfit(const Scenario& scenario, std::int64_t own, std::int64_t gpus);

}  // namespace longhaul::scenario
