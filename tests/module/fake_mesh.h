// A mesh without a resolver: a test answers its questions, lets states vanish,
// grows what the resolver would make below them, and counts as unbound.c does.
#ifndef DANEBOUND_TESTS_MODULE_FAKE_MESH_H_
#define DANEBOUND_TESTS_MODULE_FAKE_MESH_H_

#include <algorithm>
#include <functional>
#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "module/mesh.h"

// Of unbound.h, where only unbound.c knows what it is.
struct unbound_lookup {
  danebound::MeshJob* job = nullptr;
  danebound::Lane lane = danebound::Lane::kAsked;
};

namespace danebound {

class FakeMesh : public Mesh {
 public:
  // A sub-query, or what the resolver made below one.
  struct State {
    unbound_lookup* owner = nullptr;  // null: left behind
    Lane lane = Lane::kAsked;
    bool is_asked = true;
    JobQuestion question;
    int64_t leeway = 0;
  };
  using Cached =
      std::function<absl::optional<ResolverMessage>(const JobQuestion&)>;

  FakeMesh() {
    validation.has_validator = true;
    validation.has_trust_anchor = true;
    validation.is_permissive = false;
    validation.accepts_stripped = false;
  }

  // What the test sets.
  size_t size = 1024;
  bool is_crowded = false;
  bool refuses_lookups = false;
  bool refuses_questions = false;
  ValidationMode validation;
  std::vector<Anchor> anchors = {{Name(), true}};
  Cached cached;                    // answered before Start or Run returns
  std::function<void()> on_states;  // as danebound_on_states

  // What it then sees.
  std::list<State> states;
  std::list<unbound_lookup> lookups;
  size_t ended = 0;
  size_t starts = 0;

  MeshUse Use() const override {
    MeshUse use;
    for (const unbound_lookup& lookup : lookups) {
      ++AccountOf(&use, lookup.lane)->states;
      ++AccountOf(&use, lookup.lane)->lookups;
    }
    for (const State& state : states) {
      ++AccountOf(&use, state.lane)->states;
      if (state.is_asked) ++AccountOf(&use, state.lane)->questions;
    }
    use.ended = ended;
    use.size = size;
    use.is_crowded = is_crowded;
    return use;
  }

  size_t StatesOf(const unbound_lookup* lookup) const override {
    return 1 + static_cast<size_t>(std::count_if(states.begin(), states.end(),
                                                 [lookup](const State& state) {
                                                   return state.owner == lookup;
                                                 }));
  }

  ValidationMode Look() const override { return validation; }
  std::vector<Anchor> Anchors() const override { return anchors; }
  void OnConfiguration() override {}
  bool IsBelowAnchor(const Name&) const override { return true; }

  bool Start(Lane lane, MeshJob* job) override {
    if (refuses_lookups) return false;
    ++starts;
    lookups.push_back({job, lane});
    unbound_lookup* const lookup = &lookups.back();
    GoOn(lookup, Guarded([=] { return job->OnStart(lookup); }));
    return true;
  }

  void Run(unbound_lookup* lookup) override {
    GoOn(lookup, Guarded([=] { return lookup->job->OnStep(); }));
  }

  bool Ask(unbound_lookup* lookup, const JobQuestion& question,
           int64_t leeway) override {
    if (refuses_questions) return false;
    states.push_back({lookup, lookup->lane, true, question, leeway});
    return true;
  }

  void ChangeLane(unbound_lookup* lookup, Lane lane) override {
    lookup->lane = lane;
    for (State& state : states) {
      if (state.owner == lookup) state.lane = lane;
    }
  }

  void End(unbound_lookup* lookup) override { Remove(lookup); }

  void EndLeftBehind() override {
    ended += std::erase_if(
        states, [](const State& state) { return state.owner == nullptr; });
  }

  // --- what happens in a resolver ---

  // The question's state finishes; its lookup takes the answer and steps.
  void Answer(const JobQuestion& question, const ResolverMessage& message) {
    const auto found = Find(question);
    if (found == states.end()) return;
    unbound_lookup* const lookup = found->owner;
    states.erase(found);
    on_states();
    if (lookup == nullptr) return;
    const bool is_taken = Guarded([&] {
      lookup->job->OnAnswer(question, message);
      return true;
    });
    if (!is_taken) lookup->job->OnBroken();
    Run(lookup);
  }

  // The resolver drops the lookup's state.
  void Vanish(unbound_lookup* lookup) { Remove(lookup); }

  // The resolver's modules make states below a lookup's.
  void Grow(unbound_lookup* lookup, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      states.push_back({lookup, lookup->lane, false, {}, 0});
    }
    on_states();
  }

  bool IsAsked(const JobQuestion& question) {
    return Find(question) != states.end();
  }
  int64_t LeewayOf(const JobQuestion& question) {
    return Find(question)->leeway;
  }
  std::vector<JobQuestion> Questions() const {
    std::vector<JobQuestion> questions;
    for (const State& state : states) {
      if (state.is_asked) questions.push_back(state.question);
    }
    return questions;
  }

 private:
  static MeshUse::Account* AccountOf(MeshUse* use, Lane lane) {
    switch (lane) {
      case Lane::kAsked:
        return &use->asked;
      case Lane::kRenewal:
        return &use->renewal;
      case Lane::kPrefetch:
        return &use->prefetch;
    }
    return nullptr;
  }

  // As module.cc guards what Unbound calls.
  template <typename Call>
  static bool Guarded(const Call& call) {
    try {
      return call();
    } catch (...) {
      return false;
    }
  }

  std::list<State>::iterator Find(const JobQuestion& question) {
    return std::find_if(states.begin(), states.end(),
                        [&question](const State& state) {
                          return state.is_asked && state.question == question;
                        });
  }

  void GoOn(unbound_lookup* lookup, bool goes_on) {
    if (!goes_on) {
      Remove(lookup);
    } else if (cached) {
      AnswerFromCache(lookup);
    }
  }

  void AnswerFromCache(unbound_lookup* lookup) {
    for (const State& state : states) {
      if (state.owner != lookup || !state.is_asked) continue;
      const absl::optional<ResolverMessage> message = cached(state.question);
      if (!message) continue;
      Answer(JobQuestion(state.question), *message);
      return;
    }
  }

  void Remove(unbound_lookup* lookup) {
    for (State& state : states) {
      if (state.owner == lookup) state.owner = nullptr;
    }
    MeshJob* const job = lookup->job;
    lookups.remove_if(
        [lookup](const unbound_lookup& other) { return &other == lookup; });
    Guarded([job] {
      job->OnEnd();
      return true;
    });
    on_states();
  }
};

}  // namespace danebound

#endif  // DANEBOUND_TESTS_MODULE_FAKE_MESH_H_
